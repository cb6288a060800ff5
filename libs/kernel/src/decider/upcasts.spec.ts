import { describe, expect, it } from '@jest/globals';
import { currentVersion, upcastEvent, type Upcasts } from './upcasts.js';

const upcasts: Upcasts<Record<string, unknown>> = {
  Moved: [({ to }: { to: string }) => ({ place: to }), ({ place }: { place: string }) => ({ place, by: 'foot' })],
};

describe('events of older versions', () => {
  it('are read through every version between', () =>
    expect(upcastEvent(upcasts, { type: 'Moved', v: 1, data: { to: 'here' } })).toEqual({
      type: 'Moved',
      v: 3,
      data: { place: 'here', by: 'foot' },
    }));

  it('go on from the version that they have', () =>
    expect(upcastEvent(upcasts, { type: 'Moved', v: 2, data: { place: 'there' } }).data).toEqual({ place: 'there', by: 'foot' }));

  it('stay what they are when they are current, newer or of a type without upcasts', () => {
    for (const event of [
      { type: 'Moved', v: 3, data: {} },
      { type: 'Moved', v: 4, data: {} },
      { type: 'Stood', v: 1, data: {} },
      { type: 'constructor', v: 1, data: {} },
    ])
      expect(upcastEvent(upcasts, event)).toBe(event);
  });

  it('say which version is written', () =>
    expect([currentVersion(upcasts, 'Moved'), currentVersion(upcasts, 'Stood')]).toEqual([3, 1]));
});
