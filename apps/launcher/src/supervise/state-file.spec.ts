import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import type { RunState } from './run-state.js';
import { StateFile } from './state-file.js';

describe('StateFile', () => {
  it('never throws, and is current as soon as the disk takes it again', async () => {
    const clock = new VirtualClock();
    const said: string[] = [];
    const written: string[] = [];
    let isFull = true;
    const state = { phase: 'ready' } as RunState;
    const file = new StateFile(
      'state.json',
      clock,
      () => state,
      (text) => said.push(text),
      (_path, content) => {
        if (isFull) throw new Error('ENOSPC: no space left on device');
        written.push(content);
      },
    );
    file.publish();
    await clock.advance(10_000);
    expect(said).toEqual([expect.stringContaining('no space left')]);
    isFull = false;
    await clock.advance(2_000);
    expect(written).toEqual(['{\n  "phase": "ready"\n}\n']);
    expect(said[1]).toContain('current again');
    await clock.advance(60_000);
    expect(written).toHaveLength(1);
  });
});
