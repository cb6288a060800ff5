import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { silentLogger, systemClock } from '#lib/platform';
import { ContainerPassage } from './container-passage.js';

const execute = promisify(execFile);
const HOST = `lspas${randomBytes(3).toString('hex')}`;
const run = async (...command: readonly string[]) =>
  (await execute('ip', ['netns', 'exec', HOST, ...command])).stdout.trim().split('\n');
const passage = (owner: string, isReached = false) =>
  new ContainerPassage({
    owner,
    engineBridge: 'docker0',
    isReached,
    within: ['ip', 'netns', 'exec', HOST],
    clock: systemClock,
    logger: silentLogger,
  });
const rulesOf = async (owner: string) => (await run('iptables', '-S', 'DOCKER-USER')).filter((rule) => rule.includes(owner));

beforeEach(async () => {
  await execute('ip', ['netns', 'add', HOST]);
});
afterEach(async () => {
  await execute('ip', ['netns', 'del', HOST]);
});

describe('the way between containers of the engine and tasks with addresses of their own', () => {
  it('is asked before all that the engine says itself, once an agent, and is put back', async () => {
    await run('sh', '-ec', 'iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN');
    for (const owner of ['one', 'two', 'one']) await passage(owner).open();
    expect([(await rulesOf('one')).length, (await rulesOf('two')).length]).toEqual([2, 2]);
    expect((await run('iptables', '-S', 'DOCKER-USER')).at(-1)).toBe('-A DOCKER-USER -j RETURN');
    await run('iptables', '-F', 'DOCKER-USER');
    await passage('one').open();
    expect(await rulesOf('one')).toHaveLength(2);
  });

  it('is for whoever comes to the host, but for other VPCs, where other machines reach it', async () => {
    await run('iptables', '-N', 'DOCKER-USER');
    await passage('closed').open();
    expect((await rulesOf('closed')).join()).toContain('-A DOCKER-USER -i docker0 -o lsvpc+');
    await passage('open', true).open();
    expect((await rulesOf('open')).join()).toContain('-A DOCKER-USER ! -i lsvpc+ -o lsvpc+');
  });

  it('needs nothing where the engine has no such rules', async () => {
    await passage('one').open();
    await expect(rulesOf('one')).rejects.toThrow();
  });
});
