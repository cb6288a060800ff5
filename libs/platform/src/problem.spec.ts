import { describe, expect, it } from '@jest/globals';
import { Problem } from './problem.js';

describe('a problem', () => {
  it('is told when it begins, when it becomes another, and when it is back', () => {
    const told: string[] = [];
    const problem = new Problem((text) => void told.push(text));
    for (const found of ['full', 'full', 'slow', undefined, undefined, 'slow']) problem.is(found);
    expect(told).toEqual(['full', 'slow', 'slow']);
    expect(problem.current).toBe('slow');
  });
});
