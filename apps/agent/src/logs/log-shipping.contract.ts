import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogBatch, LogBatchReply, LogOpening, ShippedEvent } from '#lib/logs';
import { type Bus, fromJson, type RequestOutcome, toJson } from '#lib/messaging';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { container, definitionOf } from '../../../../test/support/simulated-host.js';
import { DockerOutputBrake } from '../docker/docker-output-brake.js';
import { DockerRuntime } from '../docker/docker-runtime.js';
import { containerSpec, ownLabels } from '../domain/container-spec.js';
import type { ContainerRuntime } from '../ports.js';
import { BatchSender } from './batch-sender.js';
import { LogCursors } from './log-cursors.js';
import { LogShipping } from './log-shipping.js';
import { ObservedRuntime } from '../observed-runtime.js';

const JOURNAL = `logs-${process.pid}-${Date.now()}`;
const AGENT = { accountId: '111122223333', region: 'eu-central-1', instanceId: '0123456789abcdef0123456789abcdef' };

/** Takes lines as the wire says: once by (container, number), and in order. */
class Aggregator implements Pick<Bus, 'request'> {
  takes = true;
  readonly batches: LogBatch[] = [];
  readonly opened: LogOpening[] = [];
  readonly events = new Map<string, ShippedEvent[]>();
  dropped = 0;
  private readonly next = new Map<string, number>();
  private watchers: (() => void)[] = [];

  async request(_subject: string, payload: Uint8Array): Promise<RequestOutcome> {
    await systemClock.sleep(1);
    if (!this.takes) return { outcome: 'no-responders' };
    expect(payload.length).toBeLessThanOrEqual(512 * 1024);
    const batch = fromJson(payload) as LogBatch | LogOpening;
    if ('opens' in batch) return this.open(batch);
    const next = this.next.get(batch.source.container) ?? 0;
    expect(batch.source.from).toBeLessThanOrEqual(next);
    this.batches.push(batch);
    const stream = `${batch.logGroup} ${batch.logStream}`;
    const kept = this.events.get(stream) ?? [];
    for (const event of batch.events) if (event.n >= next) kept.push(event);
    this.events.set(stream, kept);
    this.dropped += batch.dropped?.count ?? 0;
    this.next.set(batch.source.container, Math.max(next, batch.source.to + 1));
    for (const watcher of this.watchers.splice(0)) watcher();
    const reply: LogBatchReply = { next: this.next.get(batch.source.container)! };
    return { outcome: 'reply', payload: toJson(reply), headers: {} };
  }

  private open(opening: LogOpening): RequestOutcome {
    this.opened.push(opening);
    for (const watcher of this.watchers.splice(0)) watcher();
    return { outcome: 'reply', payload: toJson({ next: 0 }), headers: {} };
  }

  messages(stream: string): string[] {
    return (this.events.get(stream) ?? []).map(({ message }) => message);
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.watchers.push(resolve));
  }
}

describe("containers' lines", () => {
  let engine: TestEngine;
  let directory: string;
  let aggregator: Aggregator;
  let tasks = 0;
  const ends: (() => void)[] = [];

  beforeAll(async () => {
    engine = await findOrStartDockerd();
    await makeTestImage(engine.docker);
  }, 90_000);
  beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'longshore-logs-'))));
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    await removeContainers(engine.docker, { label: [`longshore.journal-id=${JOURNAL}`] });
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
    await engine?.stop();
  }, 60_000);

  /** An agent's part in it; another one on the same directory is the agent after a restart. */
  const ship = async (): Promise<{ runtime: ContainerRuntime; shipping: LogShipping }> => {
    const shipping = new LogShipping({
      sender: new BatchSender(aggregator, AGENT),
      cursors: await LogCursors.open(join(directory, 'cursors')),
      brake: new DockerOutputBrake(engine.socketPath, silentLogger),
      clock: systemClock,
      random: seededRandom(1),
      logger: silentLogger,
    });
    ends.push(() => shipping.stop());
    const runtime = new ObservedRuntime(new DockerRuntime(engine.docker, systemClock, silentLogger), [shipping]);
    ends.push(runtime.watch(ownLabels(JOURNAL, 'instance'), () => undefined));
    return { runtime, shipping };
  };

  const specOf = (script: string, options?: Readonly<Record<string, string>>, fields: object = {}) => {
    const id = String(++tasks);
    const logConfiguration = options && {
      logDriver: 'awslogs',
      options: { 'awslogs-group': 'app', 'awslogs-region': 'eu-west-1', ...options },
    };
    const spec = containerSpec(
      container({ name: 'main', image: TEST_IMAGE, command: ['sh', '-c', script], logConfiguration, ...fields }),
      definitionOf([]),
      {
        taskArn: `arn:aws:ecs:eu-central-1:111122223333:task/default/${id}`,
        clusterName: 'default',
        journalId: JOURNAL,
        instanceId: 'instance',
        hex: (part) => `${JOURNAL}-${id}-${part}`,
        addresses: ['127.0.0.1'],
        fixedAddresses: ['127.0.0.1'],
        dynamicPorts: [],
        shipsAllLogs: true,
      },
    );
    return { spec, id };
  };

  const start = async (runtime: ContainerRuntime, spec: ReturnType<typeof specOf>['spec']): Promise<string> => {
    const created = await runtime.create(spec);
    if (created.outcome === 'failed') throw new Error(created.reason);
    const { runtimeId } = created.snapshot;
    const started = await runtime.start(runtimeId);
    if (started.outcome !== 'started') throw new Error(started.reason);
    return runtimeId;
  };

  it('of one that lives for a moment arrive from the first to the last, in a group of its family', async () => {
    aggregator = new Aggregator();
    const { runtime } = await ship();
    const { spec, id } = specOf('echo first; echo >&2 second; printf last');
    await start(runtime, spec);
    const stream = `/longshore/story ecs/main/${id}`;
    await aggregator.until(() => aggregator.messages(stream).length === 3);
    expect(aggregator.messages(stream).toSorted()).toEqual(['first', 'last', 'second']);
    expect(aggregator.batches[0]).toMatchObject({ region: 'eu-central-1', create: { group: true, stream: true } });
  });

  it('with awslogs go where its options say, lines of a stack in one event, and a long line in one piece', async () => {
    aggregator = new Aggregator();
    const { runtime } = await ship();
    const script = 'echo "E boom"; echo " at a"; echo " at b"; echo "E again"; head -c 40000 /dev/zero | tr "\\0" x; echo';
    const { spec, id } = specOf(script, { 'awslogs-stream-prefix': 'web', 'awslogs-multiline-pattern': '^E ' });
    await start(runtime, spec);
    const stream = `app web/main/${id}`;
    await aggregator.until(() => aggregator.messages(stream).length === 2);
    expect(aggregator.messages(stream)[0]).toBe('E boom\n at a\n at b\n');
    expect(aggregator.messages(stream)[1]).toHaveLength('E again\n'.length + 40_001);
    expect(aggregator.batches[0]).toMatchObject({ region: 'eu-west-1', create: { group: false, stream: true } });
  });

  it('without a prefix are in a stream with the name of the container', async () => {
    aggregator = new Aggregator();
    const { runtime } = await ship();
    const runtimeId = await start(runtime, specOf('echo hello', {}).spec);
    await aggregator.until(() => aggregator.messages(`app ${runtimeId}`).length === 1);
  });

  it('have their stream before there is one: of a container that starts, once somebody is there to make it', async () => {
    aggregator = new Aggregator();
    aggregator.takes = false;
    const { runtime } = await ship();
    const { spec, id } = specOf('while [ ! -e /tmp/go ]; do sleep 0.05; done; echo first', { 'awslogs-stream-prefix': 'p' });
    const runtimeId = await start(runtime, spec);
    aggregator.takes = true;
    await aggregator.until(() => aggregator.opened.length === 1);
    const stream = { logGroup: 'app', logStream: `p/main/${id}`, create: { group: false, stream: true } };
    expect(aggregator.opened).toEqual([{ v: 1, opens: true, region: 'eu-west-1', ...stream }]);
    const exec = await engine.docker.getContainer(runtimeId).exec({ Cmd: ['touch', '/tmp/go'] });
    await exec.start({});
    await aggregator.until(() => aggregator.messages(`app p/main/${id}`).length === 1);
    expect(aggregator.opened).toHaveLength(1);
  });

  it('written while no agent lives are shipped by the next one, each once', async () => {
    aggregator = new Aggregator();
    const first = await ship();
    const { spec, id } = specOf('for i in 1 2 3; do echo $i; done; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo 4; echo 5', {
      'awslogs-stream-prefix': 'p',
    });
    const runtimeId = await start(first.runtime, spec);
    const stream = `app p/main/${id}`;
    await aggregator.until(() => aggregator.messages(stream).length === 3);
    first.shipping.stop();
    const exec = await engine.docker.getContainer(runtimeId).exec({ Cmd: ['touch', '/tmp/go'] });
    await exec.start({});
    await engine.docker.getContainer(runtimeId).wait();
    const { runtime } = await ship();
    await runtime.list(ownLabels(JOURNAL, 'instance'));
    await aggregator.until(() => aggregator.messages(stream).length === 5);
    expect(aggregator.messages(stream)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('wait for the log aggregator, and a container is not removed before them', async () => {
    aggregator = new Aggregator();
    aggregator.takes = false;
    const { runtime, shipping } = await ship();
    const { spec, id } = specOf('echo hello', { 'awslogs-stream-prefix': 'p' });
    const runtimeId = await start(runtime, spec);
    await engine.docker.getContainer(runtimeId).wait();
    expect(shipping.isShipped(spec.labels['com.amazonaws.ecs.task-arn']!)).toBe(false);
    const removed = runtime.remove(runtimeId);
    aggregator.takes = true;
    await removed;
    expect(aggregator.messages(`app p/main/${id}`)).toEqual(['hello']);
    expect(shipping.isShipped(spec.labels['com.amazonaws.ecs.task-arn']!)).toBe(true);
  });

  it('in blocking mode are all there, in order: who writes waits for who reads, not for longer than it lives', async () => {
    aggregator = new Aggregator();
    aggregator.takes = false;
    const { runtime } = await ship();
    const count = 2_000_000;
    const { spec, id } = specOf(`seq 1 ${count}`, { 'awslogs-stream-prefix': 'p', mode: 'blocking' });
    const runtimeId = await start(runtime, spec);
    const { LogPath: path } = await engine.docker.getContainer(runtimeId).inspect();
    const sizes: number[] = [];
    // Held: it has written for a while, and then nothing more.
    while (sizes.length < 12 || new Set(sizes.slice(-6)).size > 1) {
      sizes.push((await stat(path)).size);
      await systemClock.sleep(50);
    }
    expect((await engine.docker.getContainer(runtimeId).inspect()).State.Running).toBe(true);
    aggregator.takes = true;
    const stream = `app p/main/${id}`;
    await aggregator.until(() => (aggregator.events.get(stream)?.length ?? 0) >= count);
    const messages = aggregator.messages(stream);
    expect([messages.length, messages.findIndex((message, index) => message !== String(index + 1))]).toEqual([count, -1]);
    await engine.docker.getContainer(runtimeId).wait();
  }, 120_000);

  it('in non-blocking mode make way for newer ones when the buffer is full, and every one that did is counted', async () => {
    aggregator = new Aggregator();
    aggregator.takes = false;
    const { runtime, shipping } = await ship();
    // More than the buffer, and less than the engine keeps: a slow machine's engine would rotate lines away that nobody has read, which is
    // counted as a gap and not by lines.
    const count = 300_000;
    const { spec, id } = specOf(`seq 1 ${count}`, {
      'awslogs-stream-prefix': 'p',
      mode: 'non-blocking',
      'max-buffer-size': '4m',
    });
    const runtimeId = await start(runtime, spec);
    await engine.docker.getContainer(runtimeId).wait();
    aggregator.takes = true;
    const stream = `app p/main/${id}`;
    await aggregator.until(() => aggregator.messages(stream).at(-1) === String(count));
    expect(aggregator.dropped).toBeGreaterThan(0);
    expect(aggregator.messages(stream).length + aggregator.dropped).toBe(count);
    expect(shipping.counts).toMatchObject({ droppedLines: aggregator.dropped, gaps: 0 });
  }, 60_000);
});
