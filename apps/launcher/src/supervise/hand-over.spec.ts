import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CONTROL_PLANE_APPS } from '#lib/names';
import { writeAtomically } from '../host/files.js';
import { handOver } from './hand-over.js';
import { type Layout, layoutOf, makeDirectories } from '../host/layout.js';

const INSTANCE = '1'.repeat(32);
const NODE_USER = 1_000;

let directory: string;
let layout: Layout;
let to: string;

const write = (path: string, content: string) => {
  mkdirSync(dirname(path), { recursive: true });
  writeAtomically(path, content, 0o600);
};
const read = (...path: string[]) => readFileSync(join(to, ...path), 'utf8');
const access = (path: string) => {
  const { uid, mode } = statSync(path);
  return { uid, mode: (mode & 0o777).toString(8) };
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-containers-'));
  layout = layoutOf(directory, join(directory, 'data'));
  to = join(directory, 'hand-to');
  makeDirectories(layout);
  for (const user of [...CONTROL_PLANE_APPS, INSTANCE, 'operator'])
    write(join(layout.creds, `${user}.creds`), `${user}'s NATS user`);
  write(layout.masterKey, 'the master key');
  write(layout.credentials, 'the first access key');
  write(layout.natsConfig, 'the configuration');
  mkdirSync(join(layout.agents, '1', 'state'), { recursive: true });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('what the apps of docker-compose.yml get', () => {
  it('is their own keys and nobody else’s', () => {
    handOver(layout, to, INSTANCE);
    expect(Object.fromEntries(readdirSync(to).map((app) => [app, readdirSync(join(to, app)).sort()]))).toEqual({
      'state-store': ['credentials.json', 'master.key', 'nats.creds'],
      scheduler: ['nats.creds'],
      'health-monitor': ['nats.creds'],
      'load-balancer': ['master.key', 'nats.creds'],
      'log-aggregator': ['nats.creds'],
      secrets: ['master.key', 'nats.creds'],
      network: ['nats.creds'],
      registry: ['master.key', 'nats.creds'],
      autoscaler: ['nats.creds'],
      gateway: ['master.key', 'nats.creds'],
      agent: ['nats.creds', 'state'],
    });
    for (const app of CONTROL_PLANE_APPS) expect(read(app, 'nats.creds')).toBe(`${app}'s NATS user`);
    expect(read('agent', 'nats.creds')).toBe(`${INSTANCE}'s NATS user`);
    expect(read('gateway', 'master.key')).toBe('the master key');
  });

  it('is readable for the user that the app runs as, and for no other', () => {
    handOver(layout, to, INSTANCE);
    expect(access(join(to, 'gateway'))).toEqual({ uid: NODE_USER, mode: '700' });
    expect(access(join(to, 'gateway', 'master.key'))).toEqual({ uid: NODE_USER, mode: '400' });
    for (const privileged of ['agent', 'load-balancer'])
      expect(access(join(to, privileged, 'nats.creds'))).toEqual({ uid: 0, mode: '400' });
  });

  it('leaves the broker its configuration and store, those of a broker that ran as root too, and nothing else', () => {
    const block = join(layout.jetstream, 'account', 'streams', '1.blk');
    write(block, '');
    handOver(layout, to, INSTANCE);
    for (const own of [dirname(layout.natsConfig), layout.natsConfig, layout.jetstream, block])
      expect({ own, uid: access(own).uid }).toEqual({ own, uid: NODE_USER });
    for (const others of [layout.secrets, layout.agents]) expect(access(others)).toEqual({ uid: 0, mode: '700' });
  });

  it('is given anew at each start, but the agent’s state stays, and comes along from the volume that all once shared', () => {
    write(join(layout.agents, '1', 'state', 'tasks.json'), 'its tasks');
    handOver(layout, to, INSTANCE);
    expect(read('agent', 'state', 'tasks.json')).toBe('its tasks');

    writeFileSync(join(to, 'agent', 'state', 'tasks.json'), 'its tasks now');
    write(join(layout.creds, 'scheduler.creds'), 'a newer JWT');
    handOver(layout, to, INSTANCE);
    expect(read('agent', 'state', 'tasks.json')).toBe('its tasks now');
    expect(read('scheduler', 'nats.creds')).toBe('a newer JWT');
  });

  it('is mounted into their own containers only', () => {
    const compose = readFileSync(join(import.meta.dirname, '../../../../docker-compose.yml'), 'utf8');
    const text = compose.slice(compose.indexOf('\nservices:'), compose.indexOf('\nvolumes:'));
    const services = new Map(
      text.split(/^ {2}(?=[a-z-]+:$)/m).map((service) => [service.slice(0, service.indexOf(':')), service]),
    );
    for (const app of [...CONTROL_PLANE_APPS, 'agent']) {
      expect(services.get('setup')).toContain(`- ${app}:/hand-to/${app}\n`);
      const mounted = [...services.get(app)!.matchAll(/^ +- ([a-z-]+):\/longshore(:ro)?$/gm)].map((match) => match[1]);
      expect(mounted).toEqual([app]);
    }
  });
});
