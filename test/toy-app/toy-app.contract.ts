import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { apiHeaders, type ApiReply, connectNats, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';

/** As `longshore test` has built it: worker threads have no TypeScript. */
const MAIN = join(import.meta.dirname, '../../dist/test/toy-app/main.js');

describe('an app that owns a journal, from one folder', () => {
  let server: NatsServer;
  let nats: NatsConnection;
  let app: ChildProcess;
  let healthPort: number;

  async function start(): Promise<void> {
    const env = { ...process.env, NODE_OPTIONS: '', LONGSHORE_NATS_URL: server.url, LONGSHORE_HEALTH_PORT: String(healthPort) };
    app = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${healthPort}/status`).catch(() => undefined);
      const status = (await answer?.json()) as { ready?: boolean; leader?: boolean } | undefined;
      if (status?.ready && status.leader) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function ask(operation: string, input: object, more: Record<string, string> = {}): Promise<any> {
    const headers = (await import('@nats-io/transport-node')).headers();
    const context = {
      [apiHeaders.requestId]: `${operation}-${Math.random()}`,
      [apiHeaders.principal]: 'arn:aws:iam::000000000000:root',
      [apiHeaders.accountId]: '000000000000',
      [apiHeaders.region]: 'us-east-1',
      ...more,
    };
    for (const [name, value] of Object.entries(context)) headers.set(name, value);
    const message = await nats.request(subjects.api('toy', operation), toJson(input), { timeout: 20_000, headers });
    return fromJson(message.data) as ApiReply;
  }

  beforeAll(async () => {
    server = await startNatsServer();
    nats = await connectNats({ url: server.url, user: 'test' });
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    healthPort = (probe.address() as { port: number }).port;
    probe.close();
    await start();
  });
  afterAll(async () => {
    app.kill('SIGTERM');
    await once(app, 'exit');
    await nats.close();
    await server.stop();
  });

  it('answers commands and queries, and refuses in words', async () => {
    expect(await ask('Count', { name: 'a', by: 2 })).toEqual({ output: { value: 2 } });
    expect(await ask('Count', { name: 'a', by: 3 })).toEqual({ output: { value: 5 } });
    expect(await ask('DescribeCounter', { name: 'a' })).toEqual({ output: { name: 'a', value: 5 } });
    expect((await ask('Count', { name: 'a', by: -9 })).rejection.message).toContain('cannot go down');
  });

  it('has kept everything after kill -9', async () => {
    app.kill('SIGKILL');
    await once(app, 'exit');
    await start();
    expect(await ask('DescribeCounter', { name: 'a' })).toEqual({ output: { name: 'a', value: 5 } });
  });

  it('answers from the past, and says whose revisions are meant', async () => {
    expect(await ask('DescribeCounter', { name: 'a' }, { [apiHeaders.asOf]: 'toy.r2' })).toEqual({
      output: { name: 'a', value: 2 },
    });
    const other = await ask('DescribeCounter', { name: 'a' }, { [apiHeaders.asOf]: 'ecs.r1' });
    expect(other.rejection.message).toContain('revision of the ecs journal');
  });

  it('gives its public events in order, from any place', async () => {
    const { output } = await ask('ReadEvents', { after: 'toy:0' });
    expect(output.events.map(({ id, detail }: any) => [id, detail.value])).toEqual([
      ['toy:2.0', 2],
      ['toy:3.0', 5],
    ]);
    expect((await ask('ReadEvents', { after: output.events[0].id })).output.events).toHaveLength(1);
  });

  it('explains from its journal, also a moment of the past', async () => {
    const steps = ['arn:aws:iam::000000000000:root counted 2', 'arn:aws:iam::000000000000:root counted 3'];
    expect(await ask('Explain', { name: 'a' })).toEqual({ output: { steps } });
    expect(await ask('Explain', { name: 'a' }, { [apiHeaders.asOf]: 'toy.r2' })).toEqual({
      output: { steps: steps.slice(0, 1) },
    });
  });
});
