import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect, credsAuthenticator, type NatsConnection, RequestError } from '@nats-io/transport-node';
import { createAccount, createUser } from '@nats-io/nkeys';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type AddressInfo } from 'node:net';
import type { Server } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  inboxPrefix,
  agentPermissions,
  buckets,
  joinPermissions,
  joinUserOf,
  LAUNCHER_USER,
  launcherPermissions,
  type NatsPermissions,
  subjects,
} from '#lib/names';
import { decodeHostGrant, encodeHostGrant } from '#lib/ecs/model';
import { brokerTls } from '#lib/messaging';
import { silentLogger, systemClock } from '#lib/platform';
import { findProgram } from '../host/command.js';
import { LONGEST_GRANT } from './domain/grant-options.js';
import { revoked, type HostRecord } from './domain/enrolment.js';
import { EnrolmentDesk, type JoinReply } from './enrolment-desk.js';
import { readHost, writeHost } from './host-records.js';
import { layoutOf, makeDirectories, type Layout } from '../host/layout.js';
import { credentialsText, loadIdentities, userCredentials, writeCredentials } from '../broker/nats-users.js';
import { freePortFrom } from '../host/ports.js';
import { writeNatsConfig } from '../supervise/broker-files.js';
import { startTlsEntry } from '../broker/tls-entry.js';
import { ensureTlsFiles } from '../broker/tls-files.js';
import { until } from '../host/wait.js';
import { askForUser, confirmUser, connectToFirstHost, JOIN_PATIENCE_MS } from './first-host.js';

const REGISTRY = '127.0.0.1:5566';
const agent = { accountId: '000000000000', region: 'us-east-1', instanceId: 'a'.repeat(32) };
const [other, third, fourth] = ['b', 'c', 'd'].map((digit) => ({ ...agent, instanceId: digit.repeat(32) })) as [
  typeof agent,
  typeof agent,
  typeof agent,
];

/** A real broker behind the real TLS entry, real certificates, and the launcher's desk. */
describe('joining', () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-join-'));
  const layout = layoutOf(directory, directory);
  const connections: NatsConnection[] = [];
  const refuseAtBroker = async () => {
    await writeNatsConfig(layout, loadIdentities(layout), '127.0.0.1', brokerPort);
    broker.kill('SIGHUP');
  };
  const desk = new EnrolmentDesk(layout, systemClock, () => undefined, refuseAtBroker);
  let broker: ChildProcess;
  let entry: Server;
  let brokerPort: number;
  let entryPort: number;

  const overTls = async (user: string, credentials: string, ca = layout.tls.caCertificate): Promise<NatsConnection> => {
    const connection = await connect({
      servers: `tls://127.0.0.1:${entryPort}`,
      tls: brokerTls(readFileSync(ca, 'utf8')),
      authenticator: credsAuthenticator(new TextEncoder().encode(credentials)),
      inboxPrefix: inboxPrefix(user),
      reconnect: false,
      timeout: 5_000,
    });
    connections.push(connection);
    return connection;
  };
  const credentialsOf = (user: string, permissions: NatsPermissions, expiresAt?: number) =>
    userCredentials(loadIdentities(layout), user, permissions, { expiresAt });
  const withToken = async (of = agent) => overTls(joinUserOf(of), await credentialsOf(joinUserOf(of), joinPermissions(of)));
  /** As `join-token` makes it. */
  const makeToken = async (of = agent, known?: Partial<HostRecord>): Promise<string> => {
    const key = createUser();
    const tokenExpiresAt = '2099-01-01T00:00:00.000Z';
    const { instanceId } = of;
    writeHost(layout, { ...known, instanceId, cluster: 'default', tokenExpiresAt, tokenKey: key.getPublicKey() });
    return userCredentials(loadIdentities(layout), joinUserOf(of), joinPermissions(of), { key });
  };
  const ask = async (connection: NatsConnection, publicKey: string, as = agent, hasUser?: boolean): Promise<JoinReply> => {
    const body = JSON.stringify({ publicKey, hostName: 'web-2', address: '10.0.0.6', hasUser });
    let answer: JoinReply | undefined;
    const isAnswered = async () => {
      try {
        answer = (await connection.request(subjects.join(as), body, { timeout: 5_000 })).json();
        return true;
      } catch (error) {
        // The desk's own connection was cut with all others, and may be back later than this one.
        if (error instanceof RequestError && error.isNoResponders()) return false;
        throw error;
      }
    };
    expect(await until(isAnswered, 5_000, 50)).toBe(true);
    return answer!;
  };
  const refusesPublish = async (connection: NatsConnection, subject: string): Promise<boolean> => {
    const refused: string[] = [];
    void (async () => {
      for await (const status of connection.status()) if (status.type === 'error') refused.push(status.error.message);
    })();
    connection.publish(subject, 'forged');
    await connection.flush();
    return until(() => refused.some((message) => message.includes(subject)), 2_000, 5);
  };
  const listens = (port: number) =>
    until(
      () =>
        new Promise<boolean>((resolve) => {
          const socket = createConnection({ host: '127.0.0.1', port });
          socket.once('connect', () => (socket.destroy(), resolve(true)));
          socket.once('error', () => resolve(false));
        }),
      10_000,
    );
  const authorityOf = async (name: string): Promise<Layout> => {
    const another = layoutOf(directory, join(directory, name));
    makeDirectories(another);
    await ensureTlsFiles(another, Date.now());
    return another;
  };

  beforeAll(async () => {
    makeDirectories(layout);
    await ensureTlsFiles(layout, Date.now());
    const identities = loadIdentities(layout);
    brokerPort = await freePortFrom(14_322);
    await writeNatsConfig(layout, identities, '127.0.0.1', brokerPort);
    await writeCredentials(layout, identities, LAUNCHER_USER, launcherPermissions());
    const binary = process.env.LONGSHORE_NATS_SERVER ?? findProgram('nats-server');
    if (!binary) throw new Error('set LONGSHORE_NATS_SERVER to a nats-server ≥ 2.10');
    broker = spawn(binary, ['-c', layout.natsConfig], { stdio: 'ignore' });
    const [certificate, key] = [readFileSync(layout.tls.certificate), readFileSync(layout.tls.key)];
    const ports = { port: 0, brokerPort, registryPort: 1, gatewayPort: 1 };
    entry = await startTlsEntry({ host: '127.0.0.1', ...ports, certificate, key }, silentLogger);
    entryPort = (entry.address() as AddressInfo).port;
    expect(await listens(brokerPort)).toBe(true);
    desk.open(`nats://127.0.0.1:${brokerPort}`, REGISTRY);
  }, 30_000);
  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await desk.close();
    entry?.close();
    const ended = new Promise((resolve) => broker.once('exit', resolve));
    broker.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }, 30_000);

  it('is open to many at once: each has its answer, though whoever came before makes the broker cut all connections', async () => {
    const hosts = ['2', '3', '4', '5'].map((digit) => ({ ...agent, instanceId: digit.repeat(32) }));
    const tokens = await Promise.all(hosts.map((host) => makeToken(host)));
    const ca = readFileSync(layout.tls.caCertificate, 'utf8');
    const joined = await Promise.all(
      hosts.map(async (host, index) => {
        const brokers = [`127.0.0.1:${entryPort}`];
        const connection = await connectToFirstHost(brokers, ca, tokens[index]!, joinUserOf(host), 'refused');
        connections.push(connection);
        const asked = { publicKey: createUser().getPublicKey(), hostName: 'web', address: '10.0.0.9' };
        const answer = await askForUser(connection, host, asked, JOIN_PATIENCE_MS);
        await confirmUser(connection, host, asked);
        return answer;
      }),
    );
    expect(joined).toEqual(hosts.map(() => expect.objectContaining({ jwt: expect.any(String), registry: REGISTRY })));
  }, 60_000);

  it('is open again after a broker that refused everybody, as one may that reads its configuration anew', async () => {
    const ended = new Promise((resolve) => broker.once('exit', resolve));
    broker.kill('SIGKILL');
    await ended;
    const closed = join(directory, 'closed.conf');
    writeFileSync(closed, `listen: "127.0.0.1:${brokerPort}"\nauthorization { user: other, password: secret }\n`);
    const refusing = spawn(broker.spawnfile, ['-c', closed], { stdio: ['ignore', 'ignore', 'pipe'] });
    // Twice is for good.
    await new Promise<void>((resolve) => {
      let said = '';
      refusing.stderr.on('data', (data) => (said += String(data)).split('authentication error').length > 3 && resolve());
    });
    const over = new Promise((resolve) => refusing.once('exit', resolve));
    refusing.kill('SIGKILL');
    await over;
    broker = spawn(broker.spawnfile, ['-c', layout.natsConfig], { stdio: 'ignore' });
    expect(await listens(brokerPort)).toBe(true);
    const host = { ...agent, instanceId: '6'.repeat(32) };
    const asking = await overTls(joinUserOf(host), await makeToken(host));
    expect(await ask(asking, createUser().getPublicKey(), host)).toEqual({ jwt: expect.any(String), registry: REGISTRY });
  }, 30_000);

  it('is impossible without TLS: the entry says nothing to a plain client, and lets go of a silent one', async () => {
    const silent = createConnection({ host: '127.0.0.1', port: entryPort });
    const letGo = new Promise((resolve) => silent.once('close', resolve));
    const options = { servers: `127.0.0.1:${entryPort}`, reconnect: false, timeout: 1_000 };
    await expect(connect(options)).rejects.toThrow();
    const heard = await new Promise<number>((resolve) => {
      const socket = createConnection({ host: '127.0.0.1', port: entryPort });
      let bytes = 0;
      socket.on('data', (chunk) => (bytes += chunk.length));
      socket.on('error', () => resolve(bytes));
      socket.on('close', () => resolve(bytes));
      socket.write('CONNECT {}\r\nPING\r\n');
    });
    // At most a TLS alert; never the broker's INFO.
    expect(heard).toBeLessThan(20);
    await letGo;
  }, 20_000);

  it('trusts no broker but the one that made the token', async () => {
    const another = await authorityOf('another');
    const credentials = await credentialsOf('x', joinPermissions(agent));
    await expect(overTls('x', credentials, another.tls.caCertificate)).rejects.toThrow(/certificate/i);
  });

  it('needs credentials: TLS alone opens nothing, an expired token nothing either', async () => {
    const expired = await credentialsOf('x', joinPermissions(agent), Date.now() - 10_000);
    await expect(overTls('x', expired)).rejects.toThrow(/authorization|expired/i);
    const tls = brokerTls(readFileSync(layout.tls.caCertificate, 'utf8'));
    await expect(connect({ servers: `tls://127.0.0.1:${entryPort}`, tls, reconnect: false })).rejects.toThrow(/authorization/i);
  });

  it('takes a token to ask for one instance, and for nothing else', async () => {
    const token = await withToken();
    expect(await refusesPublish(token, subjects.join(other))).toBe(true);
    expect(await refusesPublish(token, subjects.agent(agent, 'report'))).toBe(true);
    expect(await refusesPublish(token, `$JS.API.STREAM.INFO.KV_${buckets.assignments}`)).toBe(true);
    expect(await refusesPublish(token, subjects.api('ecs', 'StopTask'))).toBe(true);
  });

  it('gives a host the user of its instance for the key that it has made, once, and shuts it out when it is revoked', async () => {
    const credentials = await makeToken();
    const token = await overTls(joinUserOf(agent), credentials);
    const spent = token.closed();
    const key = createUser();
    const first = await ask(token, key.getPublicKey());
    expect(first).toEqual({ jwt: expect.any(String), registry: REGISTRY });
    // Its answer may be lost: it has to be able to ask again, whoever makes the broker read its configuration anew meanwhile.
    await refuseAtBroker();
    await spent;
    const asksAgain = await overTls(joinUserOf(agent), credentials);
    expect(await ask(asksAgain, createUser().getPublicKey())).toEqual({ refusal: expect.stringContaining('by web-2') });
    expect(await ask(asksAgain, key.getPublicKey(), agent, true)).toEqual({ jwt: expect.any(String), registry: REGISTRY });
    const refused = asksAgain.closed();
    // Whoever has the token by now cannot even connect.
    await refused;
    await expect(overTls(joinUserOf(agent), credentials)).rejects.toThrow(/authorization|revoked/i);

    const joined = await overTls(agent.instanceId, credentialsText((first as { jwt: string }).jwt, key));
    joined.publish(subjects.agent(agent, 'heartbeat'), '{}');
    await joined.flush();
    expect(await refusesPublish(joined, subjects.agent(other, 'report'))).toBe(true);
    expect(await refusesPublish(joined, subjects.join(other))).toBe(true);
    expect(await ask(joined, key.getPublicKey())).toEqual({ jwt: expect.any(String), registry: REGISTRY });
    expect(await ask(joined, createUser().getPublicKey())).toEqual({
      refusal: expect.stringContaining('used already, by web-2'),
    });

    const closed = joined.closed();
    writeHost(layout, revoked(readHost(layout, agent.instanceId)!, new Date().toISOString()));
    await refuseAtBroker();
    await closed;
    const shutOut = credentialsText((first as { jwt: string }).jwt, key);
    await expect(overTls(agent.instanceId, shutOut)).rejects.toThrow(/authorization|revoked/i);
    // The desk and everybody else stay.
    expect(await ask(await withToken(), key.getPublicKey())).toEqual({ refusal: expect.stringContaining('shut out') });
  }, 20_000);

  it('lets a host say of itself what its token was made for, and the broker hears nothing else from it', async () => {
    const fifth = { ...agent, instanceId: 'e'.repeat(32) };
    // As long as one may be: it has to fit the line in which the host shows its user to the broker.
    const attributes: Record<string, string> = { 'ecs.availability-zone': 'us-east-1a' };
    const granted = { cpu: 1_024, attributes };
    while (encodeHostGrant(granted).length < LONGEST_GRANT - 180)
      attributes[`attribute-${Object.keys(attributes).length}`] = 'x'.repeat(100);
    const token = await overTls(joinUserOf(fifth), await makeToken(fifth, { grant: granted }));
    const key = createUser();
    const spent = token.closed();
    const reply = (await ask(token, key.getPublicKey(), fifth)) as { jwt: string; grant: string };
    await ask(token, key.getPublicKey(), fifth, true);
    // The broker has read its configuration anew: until then it may refuse anybody.
    await spent;
    expect(decodeHostGrant(reply.grant)).toEqual(granted);
    const joined = await overTls(fifth.instanceId, credentialsText(reply.jwt, key));
    const more = encodeHostGrant({ attributes: { stack: 'prod' } });
    expect(await refusesPublish(joined, subjects.register(fifth, 'default', more))).toBe(true);
    expect(await refusesPublish(joined, subjects.register(fifth, 'default'))).toBe(true);
    joined.publish(subjects.register(fifth, 'default', reply.grant), '{}');
    await joined.flush();
    expect(joined.isClosed()).toBe(false);
  }, 20_000);

  it('spends no token on a key that is none, and none that was withdrawn is good for anything', async () => {
    const credentials = await makeToken(third);
    const before = readHost(layout, third.instanceId);
    const token = await overTls(joinUserOf(third), credentials);
    const wrong = createUser()
      .getPublicKey()
      .replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const key of [wrong, 'U', createAccount().getPublicKey()])
      expect(await ask(token, key, third)).toEqual({ refusal: expect.stringContaining('does not understand') });
    expect(readHost(layout, third.instanceId)).toEqual(before);
    const closed = token.closed();
    writeHost(layout, revoked(before!, new Date().toISOString()));
    await refuseAtBroker();
    await closed;
    await expect(overTls(joinUserOf(third), credentials)).rejects.toThrow(/authorization|revoked/i);
  }, 20_000);

  it('refuses who became a user before hosts had an account of their own, and lets that host in again with its own key only', async () => {
    const key = createUser();
    const now = Date.now();
    // Everything was in one account.
    const old: NatsPermissions = { ...agentPermissions(fourth), account: 'control-plane', publish: ['>'] };
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now - 60_000);
    const credentials = await userCredentials(loadIdentities(layout), fourth.instanceId, old, { key });
    clock.mockRestore();
    await expect(overTls(fourth.instanceId, credentials)).rejects.toThrow(/authorization|revoked/i);

    const joined = {
      publicKey: key.getPublicKey(),
      hostName: 'web-4',
      address: '10.0.0.9',
      joinedAt: '2026-11-01T00:00:00.000Z',
    };
    const again = await makeToken(fourth, { instanceId: fourth.instanceId, cluster: 'default', tokenExpiresAt: '', ...joined });
    const token = await overTls(joinUserOf(fourth), again);
    const spent = token.closed();
    expect(await ask(token, createUser().getPublicKey(), fourth)).toEqual({ refusal: expect.stringContaining('by web-4') });
    expect(await ask(token, joined.publicKey, fourth, true)).toEqual({ jwt: expect.any(String), registry: REGISTRY });
    expect(readHost(layout, fourth.instanceId)).toMatchObject({ joinedAt: joined.joinedAt });
    // The broker reads its configuration anew, and may refuse anybody until it has.
    await spent;
  }, 20_000);

  it('lets an agent’s user be asked for only by its own', async () => {
    const connection = await overTls(other.instanceId, await credentialsOf(other.instanceId, agentPermissions(other)));
    expect(await refusesPublish(connection, subjects.join(agent))).toBe(true);
  });
});
