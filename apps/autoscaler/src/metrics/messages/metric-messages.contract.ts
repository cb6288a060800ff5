import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { subjects } from '#lib/names';
import { silentLogger, systemClock } from '#lib/platform';
import { type NatsServer, startNatsServer } from '../../../../../test/support/nats-server.js';
import { JetStreamMetricMessages } from './jetstream-metric-messages.js';
import { MemoryMetricBroker } from './memory-metric-messages.js';
import type { MetricMessage, MetricMessages } from './metric-messages.js';

const LOGS = subjects.logMetrics({ accountId: '000000000000', region: 'us-east-1' });
const bytes = (text: string) => new TextEncoder().encode(text);
const text = ({ payload }: MetricMessage) => new TextDecoder().decode(payload);

/** Until it holds; a test that waits for ever is ended by its own time. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(10);
}

interface Subject {
  connect(): Promise<MetricMessages>;
  publish(subject: string, payload: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

let server: NatsServer;
const connections: NatsConnection[] = [];
const connection = async () => {
  const one = await connect({ servers: server.url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  connections.push(one);
  return one;
};
const open = async () => JetStreamMetricMessages.open(await connection(), { clock: systemClock, logger: silentLogger });
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

const ofBroker = async (): Promise<Subject> => {
  const others = await connection();
  return {
    connect: open,
    publish: async (subject, payload) => {
      others.publish(subject, payload);
      await others.flush();
    },
    stop: async () => void (await Promise.all(connections.splice(0).map((one) => one.close()))),
  };
};
const ofMemory = async (): Promise<Subject> => {
  const broker = new MemoryMetricBroker(systemClock);
  return {
    connect: async () => broker.connect(),
    publish: async (subject, payload) => broker.publish(subject, payload),
    stop: async () => undefined,
  };
};

describe.each([
  ['memory', ofMemory],
  ['JetStream', ofBroker],
])('messages of metrics in %s', (_where, make) => {
  let subject: Subject;
  let running: MetricMessages[];
  beforeEach(async () => {
    running = [];
    subject = await make();
  });
  afterEach(async () => {
    for (const one of running) await one.stop();
    await subject.stop();
  });
  /** Of this test: the streams outlive it. */
  const replica = async (begin: string) => {
    const heard: MetricMessage[] = [];
    const messages = await subject.connect();
    for (const told of [subjects.metricPuts, subjects.allLogMetrics])
      messages.hear(told, (message) => void (text(message).startsWith(begin) && heard.push(message)));
    await messages.start();
    running.push(messages);
    return { heard, messages };
  };

  it('are heard by all replicas, also by one that begins later, as of the same moment', async () => {
    const first = await replica('a');
    await first.messages.put(bytes('a1'));
    expect(first.heard.map(text)).toEqual(['a1']);
    await subject.publish(LOGS, bytes('a2'));
    await until(() => first.heard.length === 2);
    const second = await replica('a');
    const sorted = (all: readonly MetricMessage[]) => [...all].sort((a, b) => (text(a) < text(b) ? -1 : 1));
    expect(sorted(second.heard)).toEqual(sorted(first.heard));
    expect(Math.abs(first.heard[0]!.heardAtMs - Date.now())).toBeLessThan(5_000);
    await second.messages.put(bytes('a3'));
    await until(() => first.heard.length === 3);
    expect(second.messages.sinceMs).toBeLessThanOrEqual(first.heard[0]!.heardAtMs + 1);
  });

  it('are forgotten where they are kept elsewhere', async () => {
    const { messages, heard } = await replica('b');
    await messages.put(bytes('b1'));
    const at = heard[0]!.heardAtMs;
    await messages.forgetPuts(at - 60_000);
    expect(await messages.putsKeptSince()).toBeLessThanOrEqual(at);
    expect((await replica('b1')).heard).toHaveLength(1);
  });
});

describe('messages of metrics in JetStream', () => {
  afterEach(async () => void (await Promise.all(connections.splice(0).map((one) => one.close()))));

  it('are there after kill -9 of the broker, where they were put; reports are heard on', async () => {
    const heard: string[] = [];
    const messages = await open();
    messages.hear(subjects.metricPuts, (message) => void heard.push(text(message)));
    messages.hear(subjects.allLogMetrics, (message) => void heard.push(text(message)));
    await messages.start();
    await Promise.all(Array.from({ length: 50 }, (_, n) => messages.put(bytes(`put ${n}`))));
    await server.kill();
    await expect(messages.put(bytes('lost'))).rejects.toThrow();
    await server.restart();
    const others = await connection();
    await until(async () => {
      others.publish(LOGS, bytes('report'));
      await systemClock.sleep(20);
      return heard.includes('report');
    });
    await until(() =>
      messages.put(bytes('again')).then(
        () => true,
        () => false,
      ),
    );
    expect(heard.filter((one) => one.startsWith('put'))).toHaveLength(50);
    const after: string[] = [];
    const another = await open();
    another.hear(subjects.metricPuts, (message) => void after.push(text(message)));
    await another.start();
    expect(after.filter((one) => one.startsWith('put'))).toHaveLength(50);
    expect(after).not.toContain('lost');
    await Promise.all([messages.stop(), another.stop()]);
  });
});
