import { describe, expect, it } from '@jest/globals';
import type { Revision } from './port.js';
import type { Transaction } from '#lib/kernel';
import { RecentCommands } from './recent-commands.js';

const commit = (...ids: string[]) => ({ transactions: ids.map((commandId) => ({ commandId }) as Transaction) });

describe('RecentCommands', () => {
  it('remembers for the window and then forgets, over many commits', () => {
    const recent = new RecentCommands(1_000, 0);
    for (let i = 1; i <= 5_000; i++) recent.add(commit(`a${i}`, `b${i}`), i as Revision, i * 10);
    expect(recent.size).toBe(202);
    expect([recent.get('a4899'), recent.get('a4900'), recent.get('b5000')]).toEqual([undefined, 4900, 5000]);
    expect(recent.list().map(({ revision }) => Number(revision))).toEqual(Array.from({ length: 101 }, (_, i) => 4900 + i));
  });

  it('is the same after it went through a snapshot', () => {
    const recent = new RecentCommands(1_000, 0);
    for (let i = 1; i <= 200; i++) recent.add(commit(`a${i}`), i as Revision, i * 10);
    const restored = new RecentCommands(1_000, 0);
    for (const one of recent.list()) restored.put(one);
    for (const each of [recent, restored]) each.add(commit('last'), 201 as Revision, 2_500);
    expect(restored.list()).toEqual(recent.list());
    expect(restored.size).toBe(recent.size);
  });

  it('has nothing to remember of a barrier, but forgets by its time', () => {
    const recent = new RecentCommands(1_000, 0);
    recent.add(commit('a'), 1 as Revision, 0);
    recent.add(commit(), 2 as Revision, 1_001);
    expect([recent.size, recent.list().length]).toEqual([0, 0]);
  });

  it('remembers the last commits over a sleep of the machine, however long that was', () => {
    const recent = new RecentCommands(1_000, 2);
    for (let i = 1; i <= 3; i++) recent.add(commit(`a${i}`), i as Revision, i);
    recent.add(commit('after'), 4 as Revision, 8 * 3_600_000);
    expect([recent.get('a2'), recent.get('a3'), recent.get('after')]).toEqual([undefined, 3, 4]);
  });
});
