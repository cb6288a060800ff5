import { expect, it } from '@jest/globals';
import { connectionsWithin, openFilesLimit } from './open-files.js';

const limits = (hard: string) => () => `Limit                     Soft Limit           Hard Limit           Units
Max processes             95965                95965                processes
Max open files            1024                 ${hard}                files
`;

it.each([
  ['20000', 9_750],
  ['unlimited', 10_000],
  ['1048576', 10_000],
  ['512', 6],
  ['100', 1],
])('with %s open files HAProxy is asked for as many connections as it can have', (hard, connections) => {
  expect(connectionsWithin(openFilesLimit(limits(hard)), 10_000)).toBe(connections);
});
