import { describe, expect, it } from '@jest/globals';
import type { RevisionVector } from './port.js';
import { mergeRevisions } from './revision-vector.js';

const vector = (of: Record<string, number>) => of as RevisionVector;

describe('revision vectors', () => {
  it('merge to what covers both', () => {
    const merged = mergeRevisions(vector({ ecs: 3, scaling: 9 }), vector({ ecs: 5, logging: 1 }));
    expect(merged).toEqual({ ecs: 5, scaling: 9, logging: 1 });
  });
});
