import { connect, type NatsConnection } from '@nats-io/transport-node';
import { inboxPrefix, appPermissions, LISTENER_USER, listenerPermissions, subjects } from '#lib/names';

import { startNatsServer, type NatsServer } from '../../../../test/support/nats-server.js';
import { NatsEventOutlet } from './nats-event-outlet.js';

const SUBJECT = subjects.events({ accountId: '000000000000', region: 'us-east-1' }, 'task-state-change', 'default');
const permissionsOf = ({ publish, subscribe }: ReturnType<typeof listenerPermissions>) => ({
  publish: publish.length > 0 ? { allow: publish } : { deny: ['>'] },
  subscribe: { allow: subscribe },
});
const users = [
  { user: 'state-store', password: 'x', permissions: permissionsOf(appPermissions('state-store')) },
  { user: LISTENER_USER, password: 'x', permissions: permissionsOf(listenerPermissions()) },
];

let server: NatsServer;
let store: NatsConnection;
let listener: NatsConnection;
let nowMs = 0;
const connectAs = (user: string) => connect({ servers: server.url, user, pass: 'x', inboxPrefix: inboxPrefix(user) });

beforeAll(async () => {
  server = await startNatsServer({ config: `authorization { users: ${JSON.stringify(users)} }` });
  store = await connectAs('state-store');
  listener = await connectAs(LISTENER_USER);
}, 30_000);
afterAll(async () => {
  await listener?.close();
  await store?.close();
  await server?.stop();
});

/** Sends until the outlet would rather not; a server's answers are in when the next flush is. */
async function sendUntilUnwanted(outlet: NatsEventOutlet): Promise<number> {
  for (let sent = 0; sent < 1_000; sent++) {
    if (!outlet.wants(SUBJECT)) return sent;
    await outlet.send(SUBJECT, `ecs:1.${sent}`, '{}');
    await store.flush();
  }
  return 1_000;
}

it('stops for a while where nobody listens, and goes on when somebody comes', async () => {
  const outlet = new NatsEventOutlet(store, 'state-store', { monotonicMs: () => nowMs });
  expect(await sendUntilUnwanted(outlet)).toBe(201);
  // Some are sent in any case: a quiet system forgets nobody.
  nowMs += 100;
  expect(await sendUntilUnwanted(outlet)).toBe(2);
  const heard: string[] = [];
  listener.subscribe(subjects.allEvents, { callback: (_error, message) => void heard.push(message.headers!.get('Nats-Msg-Id')) });
  await listener.flush();
  expect(outlet.wants(SUBJECT)).toBe(false);
  nowMs += 1_000;
  for (let i = 0; i < 500; i++) {
    expect(outlet.wants(SUBJECT)).toBe(true);
    await outlet.send(SUBJECT, `ecs:2.${i}`, '{}');
  }
  await store.flush();
  await listener.flush();
  expect(heard).toEqual(Array.from({ length: 500 }, (_, i) => `ecs:2.${i}`));
});
