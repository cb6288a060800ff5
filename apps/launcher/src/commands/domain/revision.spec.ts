import { describe, expect, it } from '@jest/globals';
import { revisionIn } from './revision.js';

describe('a revision that somebody names', () => {
  it.each([
    ['42', { revision: 42 }],
    ['r42', { revision: 42 }],
    ['ecs.r42', { revision: 42, journal: 'ecs' }],
    ['load-balancing.r42', { revision: 42, journal: 'load-balancing' }],
    ['ecs:42', { revision: 42, journal: 'ecs' }],
    ['ecs:42.3', { revision: 42, journal: 'ecs' }],
  ])('is understood as the system itself writes it: %s', (text, expected) => {
    expect(revisionIn(text)).toEqual(expected);
  });

  it.each(['', '0', 'r0', '-1', '1e3', '0x10', '4 2', 'ecs.', 'ecs42', 'last', '1'.repeat(16)])(
    'is not guessed: "%s"',
    (text) => {
      expect(revisionIn(text)).toBeUndefined();
    },
  );
});
