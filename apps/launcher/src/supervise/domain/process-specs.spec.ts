import { describe, expect, it } from '@jest/globals';
import { DEFAULT_DESIRED, type Desired } from './desired.js';
import { diffProcesses } from './process-diff.js';
import {
  agentProcess,
  answersClients,
  appProcesses,
  brokerProcesses,
  type Installation,
  processNames,
  storeProcesses,
} from './process-specs.js';

const installation: Installation = {
  root: '/checkout',
  data: '/checkout/.longshore',
  compiled: '/checkout/dist/compiled',
  node: '/bin/node',
  groupHostSize: { cpuUnits: 512, memoryMiB: 1_024 },
  natsServer: '/bin/nats-server',
  natsConfig: '/checkout/.longshore/run/nats.conf',
  natsUrl: 'nats://127.0.0.1:4222',
  tls: { certificate: '/secrets/broker.crt', key: '/secrets/broker.key' },
  gatewayHost: '127.0.0.1',
  gatewayPort: 4566,
  masterKeyFile: '/secrets/master.key',
  bootstrapCredentialsFile: '/secrets/credentials.json',
  logsDirectory: '/checkout/.longshore/lines',
  valueKeysDirectory: '/secrets/values',
  registry: '127.0.0.1:5566',
  registryDirectory: '/checkout/.longshore/registry',
  dockerRegistry: '/bin/docker-registry',
  dockerSocket: '/var/run/docker.sock',
  logLevel: 'info',
  accountId: '000000000000',
  region: 'us-east-1',
  cluster: 'default',
  host: { cpuUnits: 2_048, memoryMiB: 1_000 },
  credsOf: (user) => `/secrets/${user}.creds`,
  instanceIdOf: (replica) => `${replica}`.repeat(32),
  agentStateDirectoryOf: (replica) => `/agents/${replica}`,
  healthPortOf: (name) => 4_600 + name.length,
};
const specs = (desired: Partial<Desired> = {}) => appProcesses(installation, { ...DEFAULT_DESIRED, ...desired });
const named = (name: string, desired: Partial<Desired> = {}) => specs(desired).find((spec) => spec.name === name)!;

describe('where the journal is kept', () => {
  const secret = 'kurrentdb://ops:secret@db:2113';
  const withJournal = (more: Partial<Installation> = {}) =>
    appProcesses({ ...installation, journalUrl: secret, ...more }, { ...DEFAULT_DESIRED, simulate: 5 });

  it('is told to the apps that own one, and to nobody else', () => {
    const owners = ['state-store', 'load-balancer', 'log-aggregator', 'secrets', 'network', 'registry', 'autoscaler'];
    for (const { app, env } of withJournal())
      expect([app, env.LONGSHORE_JOURNAL]).toEqual([app, owners.includes(app) ? secret : undefined]);
  });

  it('is told to them also when it is NATS: what was started with another place is not adopted', () => {
    expect(named('state-store').env.LONGSHORE_JOURNAL).toBe('');
  });

  it('says when a relay may be made anew', () => {
    const rebuild = (more: Partial<Installation>) =>
      withJournal(more).find(({ app }) => app === 'state-store')!.env.LONGSHORE_REBUILD_RELAY;
    expect(rebuild({ rebuildRelay: true })).toBe('1');
    expect(rebuild({})).toBeUndefined();
  });
});

describe('where metrics are kept', () => {
  const metricStore = {
    program: '/bin/victoria-metrics',
    directory: '/data/metrics',
    port: 6_566,
    retention: '63d',
    password: 'secret',
  };
  const urlOf = (more: Partial<Installation>) =>
    appProcesses({ ...installation, ...more }, DEFAULT_DESIRED).map(({ app, env }) => [app, env.LONGSHORE_METRICS_URL]);

  it('is told to the autoscaler and to nobody else', () => {
    const told = urlOf({ metricStore });
    expect(told.filter(([, url]) => url !== undefined)).toEqual([['autoscaler', 'http://longshore:secret@127.0.0.1:6566']]);
    expect(urlOf({ metricsUrl: 'https://elsewhere' })).toContainEqual(['autoscaler', 'https://elsewhere']);
  });

  it('is a process once its program is there, which nobody sees the password of', () => {
    const [store] = storeProcesses({ ...installation, metricStore }, () => true);
    expect(store).toMatchObject({ name: 'victoria-metrics', command: '/bin/victoria-metrics' });
    expect(store!.args.join(' ')).not.toContain('secret');
    expect(storeProcesses({ ...installation, metricStore }, () => false)).toEqual([]);
    expect(storeProcesses(installation, () => true)).toEqual([]);
  });
});

it('the server that has the lines is told to the log aggregator and to nobody else', () => {
  const told = appProcesses({ ...installation, logsUrl: 'https://u:p@lines' }, DEFAULT_DESIRED).filter(
    ({ env }) => env.LONGSHORE_LOGS_URL !== undefined,
  );
  expect(told.map(({ app, env }) => [app, env.LONGSHORE_LOGS_URL])).toEqual([['log-aggregator', 'https://u:p@lines']]);
});

describe('the processes of an installation', () => {
  it('are one of each app and this host’s agent', () => {
    expect(specs().map((spec) => spec.name)).toEqual([
      'state-store',
      'scheduler',
      'health-monitor',
      'load-balancer',
      'log-aggregator',
      'secrets',
      'network',
      'registry',
      'autoscaler',
      'gateway',
      'agent',
    ]);
    expect(named('scheduler')).toMatchObject({ command: '/bin/node', replica: 1 });
    expect(named('scheduler').args.at(-1)).toBe('/checkout/dist/programs/scheduler/src/main.js');
  });

  it('are numbered from the second replica on', () => {
    const desired: Partial<Desired> = { replicas: { scheduler: 3 }, agents: 2, simulate: 10 };
    const names = specs(desired).map((spec) => spec.name);
    expect(names).toEqual(expect.arrayContaining(['scheduler', 'scheduler-2', 'scheduler-3', 'agent', 'agent-2', 'simulator']));
    expect(processNames({ ...DEFAULT_DESIRED, ...desired })).toEqual(names);
    expect(named('scheduler-3', desired).env).toMatchObject({ LONGSHORE_APP: 'scheduler', LONGSHORE_REPLICA: '3' });
  });

  it('each connect as their own NATS user', () => {
    const users = specs({ agents: 2 }).map((spec) => spec.env.LONGSHORE_NATS_CREDS);
    expect(new Set(users).size).toBe(users.length);
    expect(named('agent-2', { agents: 2 }).env.LONGSHORE_NATS_CREDS).toBe(`/secrets/${'2'.repeat(32)}.creds`);
  });

  it('get the master key and the first access key only where they are used', () => {
    const holding = (variable: string) => specs({ simulate: 5 }).flatMap((spec) => (spec.env[variable] ? [spec.app] : []));
    expect(holding('LONGSHORE_MASTER_KEY_FILE')).toEqual(['state-store', 'load-balancer', 'secrets', 'registry', 'gateway']);
    expect(holding('LONGSHORE_BOOTSTRAP_CREDENTIALS_FILE')).toEqual(['state-store']);
  });

  it('say where images are to those who name, keep, deliver passwords for and pull them', () => {
    const registry = specs().flatMap(({ app, env }) => (env.LONGSHORE_REGISTRY ? [[app, env.LONGSHORE_REGISTRY]] : []));
    expect(registry).toEqual(['secrets', 'registry', 'agent'].map((app) => [app, '127.0.0.1:5566']));
    const { registry: _none, ...joined } = installation;
    expect(agentProcess(joined, { agents: 1 }, 1).env.LONGSHORE_REGISTRY).toBeUndefined();
  });

  it('give each of several agents an address, a directory and an equal share that fits the host', () => {
    const agents = specs({ agents: 3 }).filter((spec) => spec.app === 'agent');
    expect(agents.map((spec) => spec.env.LONGSHORE_ADDRESS)).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    expect(new Set(agents.map((spec) => spec.env.LONGSHORE_STATE_DIR)).size).toBe(3);
    expect(agents.map((spec) => [spec.env.LONGSHORE_CPU, spec.env.LONGSHORE_MEMORY_MIB])).toEqual(Array(3).fill(['682', '333']));
    expect(named('agent').env.LONGSHORE_CPU).toBeUndefined();
  });

  it('let containers reach all of the first host unless it says otherwise', () => {
    expect(named('agent').env.LONGSHORE_HOST_ACCESS).toBe('all');
    expect(named('agent', { hostAccess: 'pid' }).env.LONGSHORE_HOST_ACCESS).toBe('pid');
  });

  it('run simulated instances in one process of the agent’s code', () => {
    const simulator = named('simulator', { simulate: 200, agents: 0 });
    expect(simulator.args.at(-1)).toBe('/checkout/dist/programs/agent/src/main.js');
    expect(simulator.env).toMatchObject({ LONGSHORE_APP: 'agent', LONGSHORE_SIMULATE: '200' });
    expect(simulator.env.LONGSHORE_DOCKER_SOCKET).toBeUndefined();
  });

  it('are the broker alone on its loopback, unless other hosts shall join', () => {
    const names = (desired: Desired) => brokerProcesses(installation, desired).map((spec) => spec.name);
    expect(names(DEFAULT_DESIRED)).toEqual(['nats-server']);
    const listening = { ...DEFAULT_DESIRED, listen: { host: '10.0.0.5', port: 4567 } };
    expect(names(listening)).toEqual(['nats-server', 'nats-tls']);
    // Neither the broker nor an app is started again for it.
    const diff = diffProcesses(brokerProcesses(installation, DEFAULT_DESIRED), brokerProcesses(installation, listening));
    expect([diff.start.map((spec) => spec.name), diff.stop, diff.replace]).toEqual([['nats-tls'], [], []]);
  });

  it('are one agent on a joined host, which speaks TLS and publishes on the host’s address', () => {
    const joined = { ...installation, natsUrl: 'tls://10.0.0.5:4567', natsCaFile: '/secrets/ca.crt' };
    const { env } = agentProcess(joined, { agents: 1, address: '10.0.0.6' }, 1);
    expect(env).toMatchObject({
      LONGSHORE_NATS_URL: 'tls://10.0.0.5:4567',
      LONGSHORE_NATS_CA: '/secrets/ca.crt',
      LONGSHORE_ADDRESS: '10.0.0.6',
    });
    expect(named('agent').env.LONGSHORE_NATS_CA).toBeUndefined();
  });

  it('share what V8 makes of programs', () => {
    for (const { env } of specs({})) expect(env.NODE_COMPILE_CACHE).toBe('/checkout/dist/compiled');
  });

  it('are first those without which the API answers nobody', () => {
    expect(
      specs({})
        .filter(answersClients)
        .map(({ name }) => name),
    ).toEqual(['state-store', 'gateway']);
  });

  it('carry the mark by which a later up knows them', () => {
    const listen = { host: '10.0.0.5', port: 4567 };
    for (const spec of [...brokerProcesses(installation, { ...DEFAULT_DESIRED, listen }), ...specs({ simulate: 1 })])
      expect(spec.env.LONGSHORE_HOME).toBe('/checkout/.longshore');
  });
});

describe('the difference between what runs and what shall run', () => {
  it('is nothing for the same', () => {
    expect(diffProcesses(specs(), specs())).toEqual({ start: [], stop: [], replace: [] });
  });

  it('starts what is missing and stops what is too much', () => {
    const diff = diffProcesses(specs({ replicas: { scheduler: 2 } }), specs({ replicas: { 'state-store': 2 } }));
    expect(diff.start.map((spec) => spec.name)).toEqual(['state-store-2']);
    expect(diff.stop).toEqual(['scheduler-2']);
    expect(diff.replace).toEqual([]);
  });

  it('restarts only the agents when their shares change', () => {
    const diff = diffProcesses(specs(), specs({ agents: 2 }));
    expect(diff.start.map((spec) => spec.name)).toEqual(['agent-2']);
    expect(diff.replace.map((spec) => spec.name)).toEqual(['agent']);
  });
});
