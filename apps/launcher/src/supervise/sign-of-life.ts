import { connect } from 'node:net';
import { ANSWER_WITHIN_MS, type SignOfLife } from './domain/liveness.js';
import type { ProcessSpec } from './domain/process-diff.js';
import { NATS_PROCESS } from './domain/process-specs.js';
import { freeSpace } from '#lib/platform';
import { LEAST_FREE_BYTES } from '../host/free-space.js';

/** Asks a process whether it lives: an app by `/livez`, the broker by its greeting. */
export async function askLife(spec: ProcessSpec, natsUrl: string | undefined, data: string): Promise<SignOfLife> {
  if (spec.name === NATS_PROCESS && natsUrl) return askBroker(natsUrl, data);
  if (spec.healthPort === undefined) return 'alive';
  try {
    const url = `http://127.0.0.1:${spec.healthPort}/livez`;
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), headers: { connection: 'close' } });
    await response.body?.cancel();
    return 'alive';
  } catch (error) {
    const { cause } = error as Error & { cause?: { code?: string } };
    return (error as Error).name === 'TimeoutError' ? 'silent' : cause?.code === 'ECONNREFUSED' ? 'refused' : 'silent';
  }
}

/**
 * The first line of nats-server says who it is and whether its JetStream works. A full disk turns JetStream off until the next
 * start of the server: one without it is ill as soon as there is space again.
 */
async function askBroker(natsUrl: string, data: string): Promise<SignOfLife> {
  const greeting = await greetingOf(natsUrl);
  if (typeof greeting === 'string') return greeting;
  if (greeting.jetstream || freeSpace(data).freeBytes < LEAST_FREE_BYTES) return 'alive';
  return { illness: 'its JetStream is off, as after a full disk' };
}

/** The version of the broker that runs; undefined while none answers. */
export async function brokerVersion(natsUrl: string): Promise<string | undefined> {
  const greeting = await greetingOf(natsUrl);
  return typeof greeting === 'string' ? undefined : greeting.version;
}

interface Greeting {
  readonly jetstream?: boolean;
  readonly version?: string;
}

async function greetingOf(natsUrl: string): Promise<Greeting | 'silent' | 'refused'> {
  const { hostname, port } = new URL(natsUrl);
  const line = await firstLine(hostname, Number(port));
  return line === 'silent' || line === 'refused' ? line : (JSON.parse(line.slice('INFO '.length)) as Greeting);
}

function firstLine(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    let text = '';
    const answer = (what: string) => {
      socket.destroy();
      resolve(what);
    };
    socket.setEncoding('utf8').setTimeout(ANSWER_WITHIN_MS, () => answer('silent'));
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'));
    socket.once('end', () => answer('silent'));
    socket.on('data', (piece: string) => {
      text += piece;
      const [line, rest] = text.split('\r\n');
      if (rest !== undefined) answer(line!);
    });
  });
}
