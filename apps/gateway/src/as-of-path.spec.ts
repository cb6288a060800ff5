import { describe, expect, it } from '@jest/globals';
import { endpointPath } from './as-of-path.js';

describe('endpointPath', () => {
  it.each([
    ['/', { rest: '/' }],
    ['/other', { rest: '/other' }],
    ['/as-offset', { rest: '/as-offset' }],
    ['/as-of/ecs.r1', { rest: '/', asOf: 'ecs.r1' }],
    ['/as-of/ecs.r1/service/x', { rest: '/service/x', asOf: 'ecs.r1' }],
    ['/as-of/2026-11-22T11:00:00Z', { rest: '/', asOf: '2026-11-22T11:00:00.000Z' }],
    ['/as-of/2026-11-22T11:00Z/', { rest: '/', asOf: '2026-11-22T11:00:00.000Z' }],
    ['/as-of/2026-11-22T12:00:00+01:00', { rest: '/', asOf: '2026-11-22T11:00:00.000Z' }],
    ['/as-of', { rest: '/', badAsOf: '' }],
    ['/as-of/', { rest: '/', badAsOf: '' }],
    ['/as-of/2026-13-40T11:00:00Z', { rest: '/', badAsOf: '2026-13-40T11:00:00Z' }],
    ['/as-of/2026-11-22T11:00:00', { rest: '/', badAsOf: '2026-11-22T11:00:00' }],
    ['/as-of/ecs.r0', { rest: '/', badAsOf: 'ecs.r0' }],
    ['/as-of/%zz', { rest: '/', badAsOf: '%zz' }],
  ])('%s', (path, endpoint) => expect(endpointPath(path)).toEqual(endpoint));
});
