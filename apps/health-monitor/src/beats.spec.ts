import { describe, expect, it } from '@jest/globals';
import type { Heartbeat } from '#lib/ecs/model';
import { fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { Beats } from './beats.js';

const subjectOf = (instanceId: string) =>
  subjects.agent({ accountId: '000000000000', region: 'us-east-1', instanceId }, 'heartbeat');
const [a, b] = [subjectOf('a'.repeat(32)), subjectOf('b'.repeat(32))];
const saying = (revision: number) =>
  toJson({ at: '2026-11-29T00:00:00.000Z', sequence: 1, assigned: { journalId: 'j', revision } });

function given() {
  const beats = new Beats();
  let reads = 0;
  const hear = (subject: string, payload: Uint8Array) => {
    const { instanceId, heartbeat } = beats.of(subject, payload, () => {
      reads++;
      return fromJson(payload) as Heartbeat;
    });
    return `${instanceId[0]} ${heartbeat.assigned?.revision}`;
  };
  return { hear, reads: () => reads };
}

describe('heartbeats', () => {
  it('are read once for as long as a host says the same', () => {
    const { hear, reads } = given();
    expect([hear(a, saying(1)), hear(a, saying(1)), hear(a, saying(1))]).toEqual(['a 1', 'a 1', 'a 1']);
    expect(reads()).toBe(1);
  });

  it('are read when something else is said, or somebody else says it', () => {
    const { hear, reads } = given();
    expect([hear(a, saying(1)), hear(b, saying(1)), hear(a, saying(2)), hear(b, saying(1))]).toEqual([
      'a 1',
      'b 1',
      'a 2',
      'b 1',
    ]);
    expect(reads()).toBe(3);
  });

  it('are what was said then, whatever becomes of the bytes that came', () => {
    const { hear } = given();
    const came = saying(1);
    hear(a, came);
    came.fill(0x20);
    expect(hear(a, saying(1))).toBe('a 1');
  });
});
