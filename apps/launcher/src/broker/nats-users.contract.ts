import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { connect, credsAuthenticator, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AGENT_VERBS,
  agentPermissions,
  appPermissions,
  buckets,
  inboxPrefix,
  joinPermissions,
  joinUserOf,
  launcherPermissions,
  LAUNCHER_USER,
  LISTENER_USER,
  listenerPermissions,
  type NatsPermissions,
  OPERATOR_USER,
  operatorPermissions,
  SIMULATOR_USER,
  simulatorPermissions,
  streams,
  subjects,
} from '#lib/names';
import { NatsLeaseStore, NatsMarkStore, NatsSnapshotStore, openJetStreamJournal } from '#lib/journal';
import { recordOperations, watchOperations } from '#lib/messaging';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { findProgram } from '../host/command.js';
import { natsConfigText } from './domain/nats-config.js';
import { layoutOf, makeDirectories } from '../host/layout.js';
import { loadIdentities, serverIdentity, userCredentials, type NatsIdentities } from './nats-users.js';
import { freePortFrom } from '../host/ports.js';
import { until } from '../host/wait.js';

const scope = { accountId: '000000000000', region: 'us-east-1' };
const alice = { ...scope, instanceId: 'a'.repeat(32) };
const bob = { ...scope, instanceId: 'b'.repeat(32) };
const saidBy = (agent: typeof alice) =>
  AGENT_VERBS.map((verb) => (verb === 'register' ? subjects.register(agent, 'default') : subjects.agent(agent, verb)));
const directAssignmentSubjects = (id: string) => [
  `$KV.${buckets.assignments}.${id}`,
  `$JS.API.DIRECT.GET.KV_${buckets.assignments}.$KV.${buckets.assignments}.${id}`,
];
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
  let observer: NatsConnection;
  let assignments: KV;

  const connectAs = async (user: string, permissions: NatsPermissions): Promise<NatsConnection> => {
    const creds = bytes(await userCredentials(identities, user, permissions));
    const connection = await connect({ servers: url, authenticator: credsAuthenticator(creds), inboxPrefix: inboxPrefix(user) });
    connections.push(connection);
    return connection;
  };
  const connectApp = (app: Parameters<typeof appPermissions>[0]) => connectAs(app, appPermissions(app));
  /** Whom no permission holds back: what the tests look with. */
  const connectObserver = () =>
    connectAs('observer', { account: 'control-plane', publish: ['>'], subscribe: ['>'], responses: false });
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

  /** Whoever answers hosts in the control plane; counts what was asked, by subject. */
  const answerEverything = async (): Promise<Map<string, number>> => {
    const heard = new Map<string, number>();
    const answer = (_error: Error | null, message: Msg) => {
      heard.set(message.subject, (heard.get(message.subject) ?? 0) + 1);
      message.respond('{"at":"2026-11-28T06:00:00.000Z","sequence":1,"tasks":[]}');
    };
    const monitor = await connectApp('health-monitor');
    for (const verb of AGENT_VERBS) monitor.subscribe(subjects.allAgents(verb), { callback: answer });
    const launcher = await connectAs(LAUNCHER_USER, launcherPermissions());
    launcher.subscribe(subjects.allJoins(), { callback: answer });
    const other = await connectApp('scheduler');
    other.subscribe('api.>', { callback: answer });
    store.subscribe(subjects.commandsOf('ecs'), { callback: answer });
    for (const connection of [monitor, launcher, other, store]) await connection.flush();
    return heard;
  };
  const everythingKept = async (): Promise<unknown[]> => {
    const kept: unknown[] = [];
    for await (const { config, state } of (await jetstreamManager(observer)).streams.list())
      kept.push([config.name, state.messages, state.last_seq]);
    return kept;
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
    observer = await connectObserver();
    await openJetStreamJournal(store, 'ecs', { random: systemRandom, clock: systemClock, logger: silentLogger });
    const kvm = new Kvm(store);
    assignments = await kvm.create(buckets.assignments, { storage: StorageType.Memory });
    for (const bucket of [buckets.leases, buckets.operations, buckets.snapshots, buckets.marks])
      await kvm.create(bucket, { storage: StorageType.Memory });
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

  it('let the state store do all that it does, and take nothing of a journal away', async () => {
    const refused = refusals(store);
    const snapshots = await NatsSnapshotStore.create(store);
    await snapshots.put('ecs/1', bytes('snapshot'));
    expect(await snapshots.get('ecs/1')).toEqual(bytes('snapshot'));
    expect(await snapshots.names()).toEqual(['ecs/1']);
    await snapshots.delete('ecs/1');
    expect(await snapshots.names()).toEqual([]);
    const marks = new NatsMarkStore(store);
    expect(await marks.write('ecs', { revision: 1, commitId: 'c' } as never, 0)).toBe(1);
    expect(await marks.read('ecs')).toMatchObject({ mark: { revision: 1 } });
    const leases = new NatsLeaseStore(store);
    expect(await leases.write('ecs', { holder: 'me', nonce: 'n' }, 0)).toBeGreaterThan(0);
    expect(await leases.read('ecs')).toMatchObject({ holder: 'me' });
    expect(refused).toEqual([]);
    const manager = await jetstreamManager(store, { timeout: 300 });
    const journal = streams.journal('ecs');
    await expect(manager.streams.delete(journal)).rejects.toThrow();
    await expect(manager.streams.purge(`KV_${buckets.marks}`)).rejects.toThrow();
    await expect(manager.streams.update(journal, { deny_purge: false } as never)).rejects.toThrow();
    expect(refused).toHaveLength(3);
  });

  it('let an owner make and write its own journal, and only read another’s', async () => {
    const owner = await connectApp('load-balancer');
    const manager = await jetstreamManager(owner);
    await manager.streams.add({ name: streams.journal('load-balancing'), subjects: [subjects.journal('load-balancing')] });
    await jetstream(owner).publish(subjects.journal('load-balancing'), '{"v":1}');
    expect((await manager.streams.info(streams.journal('ecs'))).config.name).toBe(streams.journal('ecs'));
    expect(await refuses(owner, subjects.journal('ecs'))).toBe(true);
    expect(await refuses(owner, `$KV.${buckets.leases}.ecs`)).toBe(true);
    for (const verb of ['DELETE', 'PURGE', 'UPDATE']) {
      expect(await refuses(owner, `$JS.API.STREAM.${verb}.${streams.journal('ecs')}`)).toBe(true);
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

  it('let an agent read its own assignment and hear that it changed, and know of no other', async () => {
    const agent = await connectAgent(alice);
    const changes: Msg[] = [];
    agent.subscribe(subjects.assignmentChanged(alice.instanceId), { callback: (_error, message) => void changes.push(message) });
    await agent.flush();
    expect((await agent.request(subjects.assignmentRead(alice.instanceId))).string()).toBe("alice's");
    await assignments.put(bob.instanceId, "bob's");
    await assignments.put(alice.instanceId, 'changed');
    expect(await until(() => changes.length > 0, 2_000)).toBe(true);
    expect(changes.map((message) => message.string())).toEqual(['changed']);
    expect((await agent.request(subjects.assignmentRead(alice.instanceId))).string()).toBe('changed');

    const refused = refusals(agent);
    for (const subject of [subjects.assignmentChanged(bob.instanceId), 'assignment.>', 'assignment.*.changed', '$KV.>', '>'])
      agent.subscribe(subject);
    await agent.flush();
    expect(await until(() => refused.length === 5, 2_000)).toBe(true);
    expect(await refuses(agent, subjects.assignmentRead(bob.instanceId))).toBe(true);
    for (const subject of directAssignmentSubjects(alice.instanceId)) expect(await refuses(agent, subject)).toBe(true);
  });

  it('answer an agent whose assignment is not there', async () => {
    const nobody = { ...scope, instanceId: 'c'.repeat(32) };
    const answer = await (await connectAgent(nobody)).request(subjects.assignmentRead(nobody.instanceId));
    expect(answer.headers?.code).toBe(404);
  });

  it('give hosts nothing to write with: no answer to them lands where it changes anything', async () => {
    const heard = await answerEverything();
    const before = await everythingKept();
    const targets = [
      subjects.journal('ecs'),
      ...[buckets.assignments, buckets.leases, buckets.operations, buckets.snapshots].map(
        (bucket) => `$KV.${bucket}.${bob.instanceId}`,
      ),
      `$O.objects.M.x`,
      `$JS.API.STREAM.PURGE.KV_${buckets.assignments}`,
      `$JS.API.STREAM.DELETE.KV_${buckets.leases}`,
      '$JS.API.STREAM.NAMES',
      `$JS.API.DIRECT.GET.KV_${buckets.assignments}.$KV.${buckets.assignments}.${bob.instanceId}`,
      subjects.api('ecs', 'StopTask'),
      subjects.command('ecs', 'scheduler', 'PlaceTasks'),
      subjects.join(bob),
      ...saidBy(bob),
      subjects.logBatch(bob, 3),
      subjects.assignmentRead(bob.instanceId),
      subjects.assignmentChanged(bob.instanceId),
      `${inboxPrefix('scheduler')}.x`,
    ];
    const users = {
      token: await connectAs(joinUserOf(alice), joinPermissions(alice)),
      host: await connectAgent(alice),
      listener: await connectAs(LISTENER_USER, listenerPermissions()),
    };
    const questions = [
      ...saidBy(alice),
      subjects.join(alice),
      subjects.assignmentRead(alice.instanceId),
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      `$JS.API.DIRECT.GET.KV_${buckets.assignments}.$KV.${buckets.assignments}.${alice.instanceId}`,
      subjects.assignmentChanged(alice.instanceId),
    ];
    for (const user of Object.values(users)) {
      for (const question of questions) for (const reply of targets) user.publish(question, '{}', { reply });
      await user.flush();
    }
    // The token's and the host's.
    expect(await until(() => (heard.get(subjects.join(alice)) ?? 0) >= 2 * targets.length, 5_000)).toBe(true);
    // Answers come in order: these are behind all others.
    for (const user of [users.token, users.host]) await user.request(subjects.join(alice), '{}');
    expect([...heard.keys()].sort()).toEqual([...saidBy(alice), subjects.join(alice)].sort());
    expect(await everythingKept()).toEqual(before);
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
    expect((await simulator.request(subjects.assignmentRead(bob.instanceId))).string()).toBe("bob's");
    const changes: string[] = [];
    simulator.subscribe(subjects.assignmentChanged(bob.instanceId), {
      callback: (_error, message) => void changes.push(message.string()),
    });
    await simulator.flush();
    await assignments.put(bob.instanceId, "bob's next");
    expect(await until(() => changes.includes("bob's next"), 2_000)).toBe(true);
    simulator.publish(subjects.agent(alice, 'heartbeat'), '{}');
    await simulator.flush();
    expect(await refuses(simulator, subjects.agent({ ...alice, accountId: '111122223333' }, 'heartbeat'))).toBe(true);
  });
});
