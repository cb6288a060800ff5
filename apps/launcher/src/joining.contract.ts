import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { createUser } from '@nats-io/nkeys';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
import { brokerTls } from '#lib/messaging';
import { silentLogger, systemClock } from '#lib/platform';
import { findProgram } from './command.js';
import { EnrolmentDesk, type JoinReply } from './enrolment-desk.js';
import { readHost, writeHost } from './host-records.js';
import { layoutOf, makeDirectories, type Layout } from './layout.js';
import { credentialsText, loadIdentities, userCredentials, writeCredentials } from './nats-users.js';
import { freePortFrom } from './ports.js';
import { writeNatsConfig } from './prepare.js';
import { startTlsEntry } from './tls-entry.js';
import { ensureTlsFiles } from './tls-files.js';
import { until } from './wait.js';

const agent = { accountId: '000000000000', region: 'us-east-1', instanceId: 'a'.repeat(32) };
const other = { ...agent, instanceId: 'b'.repeat(32) };

/** A real broker behind the real TLS entry, real certificates, and the launcher's desk. */
describe('joining', () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-join-'));
  const layout = layoutOf(directory, directory);
  const connections: NatsConnection[] = [];
  const desk = new EnrolmentDesk(layout, systemClock, () => undefined);
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
  const ask = async (connection: NatsConnection, publicKey: string): Promise<JoinReply> => {
    const body = JSON.stringify({ publicKey, hostName: 'web-2', address: '10.0.0.6' });
    return (await connection.request(subjects.join(agent), body, { timeout: 5_000 })).json();
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
    entry = await startTlsEntry({ host: '127.0.0.1', port: 0, brokerPort, certificate, key }, silentLogger);
    entryPort = (entry.address() as AddressInfo).port;
    expect(await listens(brokerPort)).toBe(true);
    desk.open(`nats://127.0.0.1:${brokerPort}`);
    writeHost(layout, { instanceId: agent.instanceId, cluster: 'default', tokenExpiresAt: '2099-01-01T00:00:00.000Z' });
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
    const token = await withToken();
    const key = createUser();
    const first = await ask(token, key.getPublicKey());
    expect(await ask(token, key.getPublicKey())).toMatchObject({ jwt: expect.any(String) });
    const second = await ask(await withToken(), createUser().getPublicKey());
    expect(second).toEqual({ refusal: expect.stringContaining('used already, by web-2') });

    const credentials = credentialsText((first as { jwt: string }).jwt, key);
    const joined = await overTls(agent.instanceId, credentials);
    joined.publish(subjects.agent(agent, 'heartbeat'), '{}');
    await joined.flush();
    expect(await refusesPublish(joined, subjects.agent(other, 'report'))).toBe(true);
    expect(await refusesPublish(joined, subjects.join(other))).toBe(true);

    const closed = joined.closed();
    writeHost(layout, { ...readHost(layout, agent.instanceId)!, revokedAt: new Date().toISOString() });
    await writeNatsConfig(layout, loadIdentities(layout), '127.0.0.1', brokerPort);
    broker.kill('SIGHUP');
    await closed;
    await expect(overTls(agent.instanceId, credentials)).rejects.toThrow(/authorization|revoked/i);
    // The desk and everybody else stay.
    expect(await ask(await withToken(), key.getPublicKey())).toEqual({ refusal: expect.stringContaining('shut out') });
  }, 20_000);

  it('lets an agent’s user be asked for only by its own', async () => {
    const connection = await overTls(other.instanceId, await credentialsOf(other.instanceId, agentPermissions(other)));
    expect(await refusesPublish(connection, subjects.join(agent))).toBe(true);
  });
});
