import { setTimeout as sleep } from 'node:timers/promises';
import { StorageType } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, it, expect } from '@jest/globals';
import { inboxPrefix, agentPermissions, buckets, LENT_TO_HOSTS } from '#lib/names';
import { assignmentText, writeAssignment } from '#lib/ecs/model';
import { silentLogger, systemClock } from '#lib/platform';
import { startNatsServer, type NatsServer } from '../../../test/support/nats-server.js';
import { NatsAssignmentSource } from './nats-assignment-source.js';

const INSTANCE = '0123456789abcdef0123456789abcdef';
let server: NatsServer;
let connection: NatsConnection;
let agent: NatsConnection;

/** The agent's user, in the hosts' account: it may read its own key and nothing else of the broker. */
const { publish, subscribe } = agentPermissions({ accountId: '000000000000', region: 'us-east-1', instanceId: INSTANCE });
const accounts = {
  control: {
    jetstream: 'enabled',
    users: [{ user: 'state-store', password: 'x' }],
    exports: LENT_TO_HOSTS.map(({ kind, subject }) => ({ [kind]: subject })),
  },
  hosts: {
    users: [{ user: INSTANCE, password: 'x', permissions: { publish: { allow: publish }, subscribe: { allow: subscribe } } }],
    imports: LENT_TO_HOSTS.map(({ kind, subject, hostsSubject }) => ({
      [kind]: { account: 'control', subject },
      ...(hostsSubject ? { to: hostsSubject } : {}),
    })),
  },
};
const connectAs = (user: string) =>
  connect({
    servers: server.url,
    user,
    pass: 'x',
    inboxPrefix: inboxPrefix(user),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });

beforeAll(async () => {
  server = await startNatsServer({ config: `accounts: ${JSON.stringify(accounts)}` });
  connection = await connectAs('state-store');
  agent = await connectAs(INSTANCE);
}, 30_000);
afterAll(async () => {
  await agent?.close();
  await connection?.close();
  await server?.stop();
}, 30_000);

/** The bucket is in memory storage, so it is made anew after each restart of the server. */
const bucket = (): Promise<KV> => new Kvm(connection).create(buckets.assignments, { storage: StorageType.Memory });
/** A request that was on its way when the server died is never answered: ask again. */
async function bucketAgain(): Promise<KV> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await bucket();
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}
const assignment = (revision: number): string =>
  writeAssignment(
    assignmentText(
      { generation: { journalId: 'journal', revision }, containerInstanceArn: 'arn', clusterName: 'default' },
      new Map(),
      [],
    ),
  );

async function until(what: string, look: () => boolean): Promise<void> {
  const giveUpAtMs = Date.now() + 25_000;
  while (!look()) {
    if (Date.now() > giveUpAtMs) throw new Error(`${what}: not within 25 s`);
    await sleep(10);
  }
}

describe('NatsAssignmentSource', () => {
  it('waits for the bucket, gives the present value and later ones, and hears nothing in a deletion', async () => {
    const seen: number[] = [];
    const cancel = new NatsAssignmentSource(agent, INSTANCE, systemClock, silentLogger).watch(({ generation }) =>
      seen.push(generation.revision),
    );
    const kv = await bucket();
    await kv.put(INSTANCE, assignment(1));
    await until('the first', () => seen.at(-1) === 1);
    await kv.put('f'.repeat(32), assignment(99));
    await kv.put(INSTANCE, assignment(2));
    await until('the second', () => seen.at(-1) === 2);
    await kv.delete(INSTANCE);
    await kv.put(INSTANCE, assignment(3));
    await until('the third', () => seen.at(-1) === 3);
    expect(new Set(seen)).toEqual(new Set([1, 2, 3]));
    cancel();
  }, 60_000);

  it('passes over what is no assignment', async () => {
    const seen: number[] = [];
    const kv = await bucket();
    await kv.put(INSTANCE, '{"generation":7}');
    const cancel = new NatsAssignmentSource(agent, INSTANCE, systemClock, silentLogger).watch(({ generation }) =>
      seen.push(generation.revision),
    );
    await kv.put(INSTANCE, 'no JSON at all');
    await kv.put(INSTANCE, assignment(4));
    await until('the next assignment', () => seen.at(-1) === 4);
    expect(new Set(seen)).toEqual(new Set([4]));
    cancel();
  }, 60_000);

  it('goes on after the server was killed and its memory lost', async () => {
    const seen: number[] = [];
    const kv = await bucket();
    for (const revision of [10, 11, 12]) await kv.put(INSTANCE, assignment(revision));
    const cancel = new NatsAssignmentSource(agent, INSTANCE, systemClock, silentLogger).watch(({ generation }) =>
      seen.push(generation.revision),
    );
    await until('the present', () => seen.at(-1) === 12);
    await server.kill();
    await server.restart();
    const again = await bucketAgain();
    await again.put(INSTANCE, assignment(13));
    await until('what was put after the loss', () => seen.at(-1) === 13);
    await again.put(INSTANCE, assignment(14));
    await until('and after that', () => seen.at(-1) === 14);
    cancel();
  }, 90_000);
});
