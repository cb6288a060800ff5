import { describe, expect, it } from '@jest/globals';
import { capacityProviderOf } from './capacity-providers.js';

describe('tasks are shared among capacity providers', () => {
  const shared = (strategy: readonly [name: string, weight: number, base: number][], count: number) => {
    const items = strategy.map(([capacityProvider, weight, base]) => ({ capacityProvider, weight, base }));
    return Array.from({ length: count }, (_, number) => capacityProviderOf(items, number));
  };

  it('the base first, then by weight', () => {
    expect(
      shared(
        [
          ['FARGATE', 1, 2],
          ['FARGATE_SPOT', 3, 0],
        ],
        6,
      ),
    ).toEqual(['FARGATE', 'FARGATE', 'FARGATE', 'FARGATE_SPOT', 'FARGATE_SPOT', 'FARGATE_SPOT']);
  });

  it('all to the one that is named', () => {
    expect(shared([['FARGATE_SPOT', 1, 0]], 2)).toEqual(['FARGATE_SPOT', 'FARGATE_SPOT']);
    expect(shared([['FARGATE_SPOT', 0, 0]], 2)).toEqual(['FARGATE_SPOT', 'FARGATE_SPOT']);
    expect(shared([['FARGATE', 0, 1]], 2)).toEqual(['FARGATE', 'FARGATE']);
    expect(shared([], 1)).toEqual([undefined]);
  });
});
