import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postJson } from './post-json.js';

const LIMITS = { timeoutMs: 10_000, mostBytes: 64 * 1_024 };

describe('a POST to a server of a user', () => {
  let server: Server;
  let handle: RequestListener;
  let url: string;

  beforeEach(async () => {
    server = createServer((incoming, outgoing) => handle(incoming, outgoing));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const call = (target = url, limits = LIMITS, signal = new AbortController().signal) =>
    postJson(target, { lifecycleStage: 'POST_SCALE_UP' }, signal, limits);

  it('posts JSON and gives the answer', async () => {
    handle = (incoming, outgoing) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        const { method, url: path, headers } = incoming;
        outgoing.end(JSON.stringify({ method, path, type: headers['content-type'], body: Buffer.concat(parts).toString() }));
      });
    };
    const outcome = await call();
    expect(outcome).toEqual({
      status: 200,
      body: JSON.stringify({
        method: 'POST',
        path: '/hook?a=b',
        type: 'application/json',
        body: '{"lifecycleStage":"POST_SCALE_UP"}',
      }),
    });
  });

  it('follows no redirect', async () => {
    const seen: unknown[] = [];
    handle = ({ url: path }, outgoing) => {
      seen.push(path);
      outgoing.writeHead(307, { location: '/elsewhere' }).end();
    };
    expect(await call()).toEqual({ status: 307, body: '' });
    expect(seen).toEqual(['/hook?a=b']);
  });

  it('reads no more than it may', async () => {
    handle = (_incoming, outgoing) => void outgoing.end('x'.repeat(100));
    expect(await call(url, { ...LIMITS, mostBytes: 99 })).toEqual({ status: 413, body: '' });
  });

  it('waits no longer than it may, and ends when it is dropped', async () => {
    handle = () => undefined;
    expect(await call(url, { ...LIMITS, timeoutMs: 20 })).toHaveProperty('none');
    const control = new AbortController();
    const outcome = call(url, LIMITS, control.signal);
    control.abort();
    expect(await outcome).toHaveProperty('none');
  });

  it('of nobody is none', async () => {
    server.close();
    await once(server, 'close');
    expect(await call()).toEqual({ none: expect.stringContaining('ECONNREFUSED') });
  });

  it('goes by names to addresses that may be called', async () => {
    handle = (_incoming, outgoing) => void outgoing.end('{}');
    expect(await call(url.replace('127.0.0.1', 'localhost'))).toEqual({ status: 200, body: '{}' });
  });
});
