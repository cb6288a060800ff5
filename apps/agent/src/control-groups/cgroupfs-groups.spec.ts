import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CgroupfsGroups } from './cgroupfs-groups.js';

const LIMITS = { cpuUnits: 1024, memoryBytes: 1024, cpuShares: 1024 };
let root: string;
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'longshore-groups-'))));
afterEach(() => rmSync(root, { recursive: true }));

describe('control groups that the agent makes itself', () => {
  it('of version 2 have their controllers handed down first', async () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory');
    const groups = new CgroupfsGroups('longshoreabct', 2, root);
    await groups.provide('01', LIMITS);
    await groups.provide('01', LIMITS);
    for (const directory of ['', 'docker']) expect(read(directory, 'cgroup.subtree_control')).toBe('+cpu +memory');
    expect(read(groups.parentOf('01'), 'cpu.max')).toBe('100000 100000');
    expect(read(groups.parentOf('01'), 'memory.max')).toBe('1024');
  });

  it.each([1, 2] as const)('of version %s are removed when nobody needs them, those of others are not', async (version) => {
    const trees = version === 2 ? [''] : ['cpu', 'memory', 'pids'];
    if (version === 2) writeFileSync(join(root, 'cgroup.controllers'), '');
    const names = ['longshoreabct01', 'longshoreabct02', 'longshorexyzt01', '0123456789ab'];
    for (const tree of trees) for (const name of names) mkdirSync(join(root, tree, 'docker', name), { recursive: true });
    await new CgroupfsGroups('longshoreabct', version, root).keepOnly(() => new Set(['02']));
    for (const tree of trees)
      expect(readdirSync(join(root, tree, 'docker')).sort()).toEqual(['0123456789ab', 'longshoreabct02', 'longshorexyzt01']);
  });
});
