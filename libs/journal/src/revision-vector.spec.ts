import { describe, expect, it } from '@jest/globals';
import type { RevisionVector } from './port.js';
import { coversRevisions, mergeRevisions } from './revision-vector.js';

const vector = (of: Record<string, number>) => of as RevisionVector;

describe('revision vectors', () => {
  it('merge to what covers both', () => {
    const merged = mergeRevisions(vector({ ecs: 3, scaling: 9 }), vector({ ecs: 5, logging: 1 }));
    expect(merged).toEqual({ ecs: 5, scaling: 9, logging: 1 });
  });

  it.each([
    [{ ecs: 5 }, { ecs: 5 }, true],
    [{ ecs: 4 }, { ecs: 5 }, false],
    [{}, {}, true],
    [{}, { ecs: 1 }, false],
    [{ ecs: 9 }, { scaling: 1 }, false],
  ])('%j covers %j: %s', (folded, wanted, covers) => {
    expect(coversRevisions(vector(folded), vector(wanted))).toBe(covers);
  });
});
