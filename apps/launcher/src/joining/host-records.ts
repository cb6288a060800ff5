import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostRecord } from './domain/enrolment.js';
import { readJson, writeAtomically } from '../host/files.js';
import type { Layout } from '../host/layout.js';

const pathOf = (layout: Layout, instanceId: string): string => join(layout.hosts, `${instanceId}.json`);

export const readHost = (layout: Layout, instanceId: string): HostRecord | undefined =>
  readJson<HostRecord>(pathOf(layout, instanceId));

export function writeHost(layout: Layout, record: HostRecord): void {
  mkdirSync(layout.hosts, { recursive: true, mode: 0o700 });
  writeAtomically(pathOf(layout, record.instanceId), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}

/** Every host that a token was made for, joined or not. */
export function listHosts(layout: Layout): HostRecord[] {
  if (!existsSync(layout.hosts)) return [];
  return readdirSync(layout.hosts)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readJson<HostRecord>(join(layout.hosts, name))!);
}
