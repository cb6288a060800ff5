import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemdGroups } from './systemd-groups.js';

const LIMITS = { cpuUnits: 256, memoryBytes: 512 * 1024 * 1024, cpuShares: 256 };
let root: string;
let ran: string[];
let say: (command: string) => string;
let groups: SystemdGroups;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'longshore-slices-'));
  ran = [];
  say = () => '';
  const run = async (program: string, args: readonly string[]) => {
    ran.push([program, ...args].join(' '));
    return say(ran.at(-1)!);
  };
  groups = new SystemdGroups('longshoreabct', 2, run, root);
});
afterEach(() => rmSync(root, { recursive: true }));

describe('control groups that systemd makes', () => {
  it('are transient slices beside the containers of other tasks', async () => {
    expect(groups.parentOf('01')).toBe('system-longshoreabct01.slice');
    await groups.provide('01', LIMITS);
    expect(ran).toEqual([
      'busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager StartTransientUnit ' +
        'ssa(sv)a(sa(sv)) system-longshoreabct01.slice fail 3 CPUWeight t 10 CPUQuotaPerSecUSec t 250000 MemoryMax t 536870912 0',
    ]);
  });

  it('may be there already; whatever else is wrong is said', async () => {
    say = () => {
      throw new Error('Call failed: Unit system-longshoreabct01.slice was already loaded or has a fragment file.');
    };
    await groups.provide('01', LIMITS);
    say = () => {
      throw new Error('Call failed: Access denied');
    };
    await expect(groups.provide('01', LIMITS)).rejects.toThrow('Access denied');
  });

  it('are stopped when nobody needs them and nothing runs in them', async () => {
    const slices = ['01', '02', '03'].map((id) => groups.parentOf(id));
    mkdirSync(join(root, 'system.slice', slices[1]!, 'docker-0123.scope'), { recursive: true });
    say = (command) =>
      command.includes('list-units') ? slices.map((name) => `${name} loaded active active ${name}\n`).join('') : '';
    await groups.keepOnly(() => new Set(['03']));
    expect(ran.filter((command) => command.startsWith('systemctl stop'))).toEqual([`systemctl stop ${slices[0]}`]);
  });
});
