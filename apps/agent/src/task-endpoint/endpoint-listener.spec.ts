import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger, systemClock } from '#lib/platform';
import { EndpointIds } from './domain/endpoint-ids.js';
import { EndpointListener } from './endpoint-listener.js';

const [ONE, OTHER] = ['1'.repeat(32), '2'.repeat(32)] as const;
const TASK_ARN = `arn:aws:ecs:us-east-1:111122223333:task/default/${'a'.repeat(32)}`;

let directory: string;
let port: number;
const listeners: EndpointListener[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-endpoint-'));
  port = await freePort();
});
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.stop();
  rmSync(directory, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address() as { port: number };
      server.close(() => resolve(address.port));
    }),
  );
}

async function agent(instanceId: string): Promise<EndpointListener> {
  const listener = new EndpointListener({
    instanceId,
    place: { host: '127.0.0.1', port },
    directory,
    answer: ({ method, target, body, source }) =>
      Promise.resolve({ status: 200, body: { instanceId, method, target, body, source } }),
    clock: systemClock,
    logger: silentLogger,
  });
  listeners.push(listener);
  await listener.start();
  return listener;
}

const pathOf = (instanceId: string) => `/v4/${new EndpointIds(new Uint8Array(32), instanceId).ofContainer(TASK_ARN, 'web')}`;
const ask = async (path: string, init: RequestInit = {}): Promise<unknown> =>
  (await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { 'longshore-source': '10.9.9.9' } })).json();

/** The port is taken in its own time. */
async function untilAnswered(path: string): Promise<unknown> {
  for (;;) {
    try {
      return await ask(path);
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('agents of one host', () => {
  it('answer each for its own tasks at the one address, and see where a request comes from', async () => {
    await agent(ONE);
    await agent(OTHER);
    await untilAnswered(pathOf(ONE));
    for (const instanceId of [ONE, OTHER])
      expect(await ask(pathOf(instanceId))).toMatchObject({ instanceId, method: 'GET', source: '127.0.0.1' });
    expect(await ask(pathOf(OTHER), { method: 'PUT', body: '{"a":1}' })).toMatchObject({ method: 'PUT', body: '{"a":1}' });
  });

  it('take the address over when the one that has it ends', async () => {
    const first = await agent(ONE);
    await untilAnswered(pathOf(ONE));
    await agent(OTHER);
    first.stop();
    expect(await untilAnswered(pathOf(OTHER))).toMatchObject({ instanceId: OTHER });
    expect(await ask(pathOf(ONE))).toMatch(/does not run/);
  });
});
