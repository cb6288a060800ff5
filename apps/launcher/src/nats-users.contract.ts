import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { Kvm, type KvEntry } from '@nats-io/kv';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  inboxPrefix,
  agentPermissions,
  appPermissions,
  buckets,
  type NatsPermissions,
  OPERATOR_USER,
  operatorPermissions,
  SIMULATOR_USER,
  simulatorPermissions,
  streams,
  subjects,
} from '#lib/names';
import { recordOperations, watchOperations } from '#lib/messaging';
import { findProgram } from './command.js';
import { natsConfigText } from './domain/nats-config.js';
import { layoutOf, makeDirectories } from './layout.js';
import { loadIdentities, serverIdentity, userCredentials, type NatsIdentities } from './nats-users.js';
import { freePortFrom } from './ports.js';
import { until } from './wait.js';

const scope = { accountId: '000000000000', region: 'us-east-1' };
const alice = { ...scope, instanceId: 'a'.repeat(32) };
const bob = { ...scope, instanceId: 'b'.repeat(32) };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A real nats-server with the generated configuration and the users of `permissions.ts`. */
describe('NATS users', () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-nats-'));
  const layout = layoutOf(directory, directory);
  const connections: NatsConnection[] = [];
  let server: ChildProcess;
  let url: string;
  let identities: NatsIdentities;
  let store: NatsConnection;

  const connectAs = async (user: string, permissions: NatsPermissions): Promise<NatsConnection> => {
    const creds = bytes(await userCredentials(identities, user, permissions));
    const connection = await connect({ servers: url, authenticator: credsAuthenticator(creds), inboxPrefix: inboxPrefix(user) });
    connections.push(connection);
    return connection;
  };
  const connectApp = (app: Parameters<typeof appPermissions>[0]) => connectAs(app, appPermissions(app));
  const connectAgent = (agent: typeof alice) => connectAs(agent.instanceId, agentPermissions(agent));

  /** The subjects that the server refused this connection so far. */
  const refusals = (connection: NatsConnection): string[] => {
    const refused: string[] = [];
    void (async () => {
      for await (const status of connection.status()) if (status.type === 'error') refused.push(status.error.message);
    })();
    return refused;
  };
  const refuses = async (connection: NatsConnection, subject: string) => {
    const refused = refusals(connection);
    connection.publish(subject, 'forged');
    await connection.flush();
    return until(() => refused.some((message) => message.includes(subject)), 2_000, 5);
  };

  beforeAll(async () => {
    makeDirectories(layout);
    identities = loadIdentities(layout);
    const port = await freePortFrom(14_222);
    url = `nats://127.0.0.1:${port}`;
    const identity = await serverIdentity(identities);
    const config = natsConfigText({ host: '127.0.0.1', port, storeDirectory: layout.jetstream, ...identity });
    writeFileSync(layout.natsConfig, config);
    const binary = process.env.LONGSHORE_NATS_SERVER ?? findProgram('nats-server');
    if (!binary) throw new Error('set LONGSHORE_NATS_SERVER to a nats-server ≥ 2.10');
    server = spawn(binary, ['-c', layout.natsConfig], { stdio: 'ignore' });
    let connected = false;
    await until(async () => {
      connected = await connectApp('state-store').then(
        (connection) => ((store = connection), true),
        () => false,
      );
      return connected;
    }, 10_000);
    expect(connected).toBe(true);
    const manager = await jetstreamManager(store);
    await manager.streams.add({ name: streams.journal('ecs'), subjects: [subjects.journal('ecs')] });
    const kvm = new Kvm(store);
    const assignments = await kvm.create(buckets.assignments, { storage: StorageType.Memory });
    await kvm.create(buckets.leases, { storage: StorageType.Memory });
    await assignments.put(alice.instanceId, "alice's");
    await assignments.put(bob.instanceId, "bob's");
  }, 20_000);

  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });

  it('are needed: a stranger is refused', async () => {
    await expect(connect({ servers: url, reconnect: false })).rejects.toThrow(/authorization/i);
  });

  it('give a scheduler its own commands and nobody else’s', async () => {
    const scheduler = await connectApp('scheduler');
    store.subscribe(subjects.commandsOf('ecs'), { callback: (_error, message) => void message.respond('committed') });
    await store.flush();
    const reply = await scheduler.request(subjects.command('ecs', 'scheduler', 'PlaceTasks'), '{}');
    expect(reply.string()).toBe('committed');
    expect(await refuses(scheduler, subjects.command('ecs', 'state-store', 'StopTask'))).toBe(true);
    expect(await refuses(scheduler, subjects.command('ecs', 'health-monitor', 'RecordTaskProgress'))).toBe(true);
  });

  it('let only the state store write the journal, and apps read it', async () => {
    const acknowledgement = await jetstream(store).publish(subjects.journal('ecs'), '{"v":1}');
    const scheduler = await connectApp('scheduler');
    expect(await refuses(scheduler, subjects.journal('ecs'))).toBe(true);
    for (const reader of [scheduler, await connectAs(OPERATOR_USER, operatorPermissions())]) {
      const stream = streams.journal('ecs');
      const consumer = await jetstream(reader).consumers.get(stream, { opt_start_seq: acknowledgement.seq });
      const message = await consumer.next({ expires: 2_000 });
      expect(message?.string()).toBe('{"v":1}');
      const manager = await jetstreamManager(reader);
      expect((await manager.streams.getMessage(stream, { seq: acknowledgement.seq }))?.string()).toBe('{"v":1}');
      await expect(manager.streams.purge(stream)).rejects.toThrow();
    }
  });

  it('give apps their own leases, and not the journal’s', async () => {
    const monitor = await connectApp('health-monitor');
    const leases = await new Kvm(monitor).open(buckets.leases);
    await leases.create('health-monitor.verdicts', 'me');
    expect((await leases.get('health-monitor.verdicts'))?.string()).toBe('me');
    expect(await refuses(monitor, `$KV.${buckets.leases}.ecs`)).toBe(true);
    expect(await refuses(monitor, `$KV.${buckets.leases}.scheduler.services`)).toBe(true);
  });

  it('let apps record the operations they serve, and the gateway follow them and call them', async () => {
    const gateway = await connectApp('gateway');
    const operations = await watchOperations(gateway);
    const scheduler = await connectApp('scheduler');
    await recordOperations(scheduler, 'scheduler', [{ service: 'ecs', operation: 'RunTask', kind: 'command' } as never]);
    expect(await until(() => operations.has('ecs', 'RunTask'), 2_000)).toBe(true);
    scheduler.subscribe(subjects.api('ecs', 'RunTask'), { callback: (_error, message) => void message.respond('placed') });
    await scheduler.flush();
    expect((await gateway.request(subjects.api('ecs', 'RunTask'), '{}')).string()).toBe('placed');
    expect(await refuses(gateway, `$KV.${buckets.operations}.ecs.RunTask`)).toBe(true);
  });

  it('let an agent report as itself and get an answer', async () => {
    const monitor = await connectApp('health-monitor');
    monitor.subscribe(subjects.allAgents('report'), { callback: (_error, message) => void message.respond(message.subject) });
    await monitor.flush();
    const agent = await connectAgent(alice);
    const own = subjects.agent(alice, 'report');
    expect((await agent.request(own, '{}')).string()).toBe(own);
    expect(await refuses(agent, subjects.agent(bob, 'report'))).toBe(true);
    expect(await refuses(agent, subjects.agent({ ...alice, accountId: '111122223333' }, 'report'))).toBe(true);
    expect(await refuses(agent, subjects.api('ecs', 'StopTask'))).toBe(true);
    expect(await refuses(agent, subjects.command('ecs', 'health-monitor', 'RecordTaskProgress'))).toBe(true);
  });

  it('let an agent watch its own assignment, and read no other', async () => {
    const agent = await connectAgent(alice);
    const bucket = await new Kvm(agent).open(buckets.assignments, { allow_direct: true });
    const seen: KvEntry[] = [];
    const watch = await bucket.watch({ key: alice.instanceId });
    void (async () => {
      for await (const entry of watch) seen.push(entry);
    })();
    expect(await until(() => seen.length === 1, 2_000)).toBe(true);
    const writer = await new Kvm(store).open(buckets.assignments, { allow_direct: true });
    await writer.put(alice.instanceId, 'changed');
    expect(await until(() => seen[1]?.string() === 'changed', 2_000)).toBe(true);
    expect((await bucket.get(alice.instanceId))?.string()).toBe('changed');

    const refused = refusals(agent);
    await expect(bucket.get(bob.instanceId)).rejects.toThrow();
    await expect(bucket.watch({ key: bob.instanceId })).rejects.toThrow();
    await expect(bucket.watch()).rejects.toThrow();
    expect(refused.length).toBeGreaterThan(0);
    expect(await refuses(agent, `$KV.${buckets.assignments}.${alice.instanceId}`)).toBe(true);
  });

  it('keep replies private: no user hears another’s inbox', async () => {
    const agent = await connectAgent(bob);
    const refused = refusals(agent);
    agent.subscribe(`${inboxPrefix(alice.instanceId)}.>`);
    agent.subscribe(`${inboxPrefix('gateway')}.>`);
    await agent.flush();
    expect(await until(() => refused.length === 2, 2_000)).toBe(true);
  });

  it('let the simulator be many instances of one scope', async () => {
    const simulator = await connectAs(SIMULATOR_USER, simulatorPermissions(scope));
    const bucket = await new Kvm(simulator).open(buckets.assignments, { allow_direct: true });
    expect((await bucket.get(bob.instanceId))?.string()).toBe("bob's");
    const watch = await bucket.watch({ key: bob.instanceId });
    const first = await watch[Symbol.asyncIterator]().next();
    expect((first.value as KvEntry).string()).toBe("bob's");
    simulator.publish(subjects.agent(alice, 'heartbeat'), '{}');
    await simulator.flush();
    expect(await refuses(simulator, subjects.agent({ ...alice, accountId: '111122223333' }, 'heartbeat'))).toBe(true);
  });
});
