import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { API_PROTOCOL } from '#lib/messaging';
import { silentLogger, systemClock } from '#lib/platform';
import { freePort } from '../support/nats-server.js';
import { startTlsEntry } from '../../apps/launcher/src/broker/tls-entry.js';
import { ensureTlsFiles } from '../../apps/launcher/src/broker/tls-files.js';
import { layoutOf, makeDirectories } from '../../apps/launcher/src/host/layout.js';
import { connectToFirstHost } from '../../apps/agent/src/relay/first-host.js';
import { registryTunnel } from '../../apps/agent/src/relay/registry-tunnel.js';
import type { Relay } from '../../apps/agent/src/relay/relay.js';

/** The first host's real entry with real certificates, and something that answers as a registry would. */
describe('the own registry on a host that has joined', () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-tunnel-'));
  const [ours, others] = ['ours', 'others'].map((name) => layoutOf(join(directory, name), join(directory, name)));
  const layer = Buffer.alloc(3_000_000, 'x');
  let registry: HttpServer;
  let gateway: HttpServer;
  let entry: Server;
  let entryPort: number;
  let tunnel: Relay | undefined;

  beforeAll(async () => {
    for (const layout of [ours!, others!]) {
      makeDirectories(layout);
      await ensureTlsFiles(layout, Date.now());
    }
    registry = createHttpServer((request, response) => {
      const { authorization } = request.headers;
      response.writeHead(authorization ? 200 : 401, { 'content-length': authorization ? layer.length : 0 });
      response.end(authorization ? layer : '');
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    const registryPort = (registry.address() as AddressInfo).port;
    gateway = createHttpServer((_request, response) => response.end('the API'));
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const gatewayPort = (gateway.address() as AddressInfo).port;
    const [certificate, key] = [readFileSync(ours!.tls.certificate), readFileSync(ours!.tls.key)];
    const options = { host: '127.0.0.1', port: 0, brokerPort: 1, registryPort, gatewayPort, certificate, key };
    entry = await startTlsEntry(options, silentLogger);
    entryPort = (entry.address() as AddressInfo).port;
  }, 30_000);
  afterEach(() => tunnel?.stop());
  afterAll(() => {
    entry?.close();
    registry?.close();
    gateway?.close();
    gateway?.closeAllConnections();
    registry?.closeAllConnections();
    rmSync(directory, { recursive: true, force: true });
  });

  const through = async (caFile: string, brokers = [`tls://127.0.0.1:${entryPort}`]) => {
    const name = `127.0.0.1:${await freePort()}`;
    tunnel = registryTunnel({ registry: name, brokers, caFile }, systemClock, silentLogger);
    await tunnel.start();
    return (headers: Record<string, string> = {}) => fetch(`http://${name}/v2/`, { headers });
  };

  it('answers under the name that images have, and asks who is there as on the first host', async () => {
    const ask = await through(ours!.tls.caCertificate);
    expect((await ask()).status).toBe(401);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask({ authorization: 'Basic x' })));
    for (const answer of answers) expect(Buffer.from(await answer.arrayBuffer()).equals(layer)).toBe(true);
  });

  it('takes the next address of the first host where one does not answer', async () => {
    const ask = await through(ours!.tls.caCertificate, ['tls://127.0.0.1:1', `tls://127.0.0.1:${entryPort}`]);
    expect((await ask()).status).toBe(401);
  });

  it('is another place than the API, which tasks reach through the same entry', async () => {
    const firstHost = { brokers: [`tls://127.0.0.1:${entryPort}`], caFile: ours!.tls.caCertificate };
    const socket = await connectToFirstHost(firstHost, API_PROTOCOL, silentLogger);
    socket!.write('GET / HTTP/1.1\r\nhost: api\r\nconnection: close\r\n\r\n');
    expect(await text(socket!)).toContain('the API');
  });

  it('tells nothing to a host that is not of this installation', async () => {
    const ask = await through(others!.tls.caCertificate);
    await expect(ask({ authorization: 'Basic secret' })).rejects.toThrow();
  });
});
