import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { apiHeaders, type ApiReply, connectNats, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type NatsServer, startNatsServer } from './nats-server.js';

/** One app as it is built and runs, with a broker of its own and without anything else. */
export interface AppProcess {
  readonly nats: NatsConnection;
  /** Asks as the gateway would. */
  ask(service: string, operation: string, input: object, more?: Record<string, string>): Promise<any>;
  /** Ends it at once, and starts it again. */
  kill9(): Promise<void>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  return port;
}

/** `main`: as `longshore test` has built it, because worker threads have no TypeScript. Resolves when it may write. */
export async function startAppProcess(main: string): Promise<AppProcess> {
  const server: NatsServer = await startNatsServer();
  const nats = await connectNats({ url: server.url, user: 'test' });
  const healthPort = await freePort();
  let app: ChildProcess;
  const start = async () => {
    const env = { ...process.env, NODE_OPTIONS: '', LONGSHORE_NATS_URL: server.url, LONGSHORE_HEALTH_PORT: String(healthPort) };
    app = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${healthPort}/status`).catch(() => undefined);
      const status = (await answer?.json()) as { ready?: boolean; leader?: boolean } | undefined;
      if (status?.ready && status.leader) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    app.kill(signal);
    await once(app, 'exit');
  };
  await start();
  return {
    nats,
    async ask(service, operation, input, more = {}) {
      const own = headers();
      const context = {
        [apiHeaders.requestId]: `${operation}-${Math.random()}`,
        [apiHeaders.principal]: 'arn:aws:iam::000000000000:root',
        [apiHeaders.accountId]: '000000000000',
        [apiHeaders.region]: 'us-east-1',
        ...more,
      };
      for (const [name, value] of Object.entries(context)) own.set(name, value);
      const message = await nats.request(subjects.api(service, operation), toJson(input), { timeout: 20_000, headers: own });
      return fromJson(message.data) as ApiReply;
    },
    async kill9() {
      await end('SIGKILL');
      await start();
    },
    async stop() {
      await end('SIGTERM');
      await nats.close();
      await server.stop();
    },
  };
}
