import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { HAPROXY_VARIABLE } from '#lib/names';
import { haproxiesOf, retireHaproxies } from './leftovers.js';

const DATA = `/longshore-${process.pid}`;
const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A process that is found as a replica's HAProxy is, by its environment and its configuration's path. */
async function haproxyOf(replica: number, data = DATA): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', 'echo up; read _', `${data}/run/haproxy-${replica}/haproxy.cfg`], {
    env: { PATH: process.env.PATH, [HAPROXY_VARIABLE]: data },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  started.push(child);
  await once(child.stdout!, 'data');
  return child;
}

describe('HAProxy', () => {
  it('of replicas that there are no more takes no new connections and ends with those it has; others are left alone', async () => {
    const [first, second, stranger] = [await haproxyOf(1), await haproxyOf(2), await haproxyOf(2, `${DATA}-other`)];
    expect(new Set(haproxiesOf(DATA).map(({ identity }) => identity.pid))).toEqual(new Set([first.pid, second.pid]));
    const ended = once(second, 'exit');
    retireHaproxies(DATA, 1);
    expect(await ended).toEqual([null, 'SIGUSR1']);
    expect([first, stranger].map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null]);
  });
});
