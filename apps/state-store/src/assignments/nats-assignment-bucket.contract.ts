import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { appPermissions, buckets, inboxPrefix, kvStream } from '#lib/names';
import { assignmentText } from '#lib/ecs/model';
import { startNatsServer, type NatsServer } from '../../../../test/support/nats-server.js';
import { NatsAssignmentBucket } from './nats-assignment-bucket.js';

const APP = 'state-store';
const [ID, OTHER] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const assignment = (revision: number) =>
  assignmentText(
    { generation: { journalId: 'journal', revision }, containerInstanceArn: 'arn', clusterName: 'default' },
    new Map(),
    [],
  );

let server: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  const { publish, subscribe } = appPermissions(APP);
  const permissions = { publish: { allow: publish }, subscribe: { allow: subscribe } };
  server = await startNatsServer({
    config: `authorization { users: ${JSON.stringify([{ user: APP, password: 'x', permissions }])} }`,
  });
  connection = await connect({ servers: server.url, user: APP, pass: 'x', inboxPrefix: inboxPrefix(APP) });
}, 30_000);
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

/** The writer's user may do all of this, and the server does it. */
describe('the bucket of assignments', () => {
  it('takes a key away without a trace, but not one that has changed since', async () => {
    const bucket = new NatsAssignmentBucket(connection);
    expect(await bucket.ids()).toEqual([]);
    const first = (await bucket.put(ID, assignment(1), 0))!;
    await bucket.put(OTHER, assignment(1), 0);
    const second = (await bucket.put(ID, assignment(2), first))!;
    expect(await bucket.put(ID, assignment(3), first)).toBeUndefined();
    await bucket.remove(ID, first);
    expect(await bucket.get(ID)).toEqual({ assignment: assignment(2), bucketRevision: second });
    expect([...(await bucket.ids())].sort()).toEqual([ID, OTHER]);
    await bucket.remove(ID, second);
    expect(await bucket.get(ID)).toBeUndefined();
    expect(await bucket.ids()).toEqual([OTHER]);
    const manager = await jetstreamManager(connection);
    expect((await manager.streams.info(kvStream(buckets.assignments))).state.messages).toBe(1);
    // A host that comes back begins anew.
    expect(await bucket.put(ID, assignment(4), 0)).toBeGreaterThan(second);
  });
});
