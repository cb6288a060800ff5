import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { HAPROXY_VARIABLE } from '#lib/names';
import { haproxiesOf } from './running-haproxies.js';

describe('the HAProxys of an installation', () => {
  it('are found by what their environment says, until they have ended', async () => {
    const home = '/nowhere/running-haproxies';
    const started = (of: string) => spawn('sleep', ['60'], { env: { PATH: process.env.PATH, [HAPROXY_VARIABLE]: of } });
    const [ours, others] = [started(home), started(`${home}-too`)];
    await Promise.all([once(ours, 'spawn'), once(others, 'spawn')]);
    try {
      expect(await haproxiesOf(home)).toEqual([ours.pid]);
      ours.kill();
      await once(ours, 'exit');
      expect(await haproxiesOf(home)).toEqual([]);
    } finally {
      ours.kill();
      others.kill();
    }
  });
});
