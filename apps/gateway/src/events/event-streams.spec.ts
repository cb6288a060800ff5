import { beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { HttpResponse } from '#lib/aws-api';
import { seededRandom, silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { ACCOUNT, jsonOf, PRINCIPAL, signed } from '../../test/world.js';
import { accessOf } from '#lib/ecs/authorization';
import { Authorizer } from '../authorizer.js';
import { Authenticator } from '../authenticator.js';
import type { ResolvedKey } from '../key-source.js';
import { DEFAULT_LIMITS } from '../limits.js';
import type { UpstreamAnswer, UpstreamCall } from '../upstream.js';
import { EventMetrics } from './event-metrics.js';
import { type Connection, EventStreams } from './event-streams.js';

/** A reader that takes everything at once, or nothing until it is told to go on. */
class FakeReader implements Connection {
  private readonly client = new AbortController();
  readonly gone = this.client.signal;
  answered: HttpResponse | undefined;
  headers: Readonly<Record<string, string>> | undefined;
  text = '';
  ended = false;
  private waiting: (() => void) | undefined;
  stalled = false;

  answer(response: HttpResponse): void {
    this.answered = response;
  }
  begin(headers: Readonly<Record<string, string>>): void {
    this.headers = headers;
  }
  write(text: string, signal: AbortSignal): Promise<void> {
    this.text += text;
    if (!this.stalled) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting = resolve;
      signal.addEventListener('abort', () => resolve());
    });
  }
  end(): void {
    this.ended = true;
  }
  leave(): void {
    this.client.abort();
  }
  goOn(): void {
    this.stalled = false;
    this.waiting?.();
  }
  get ids(): string[] {
    return [...this.text.matchAll(/^id: (.*)\nevent: /gm)].map(([, id]) => id!);
  }
}

/** A state store of numbered events: `ReadEvents` as agreed, with its long poll. */
class FakeStore {
  readonly calls: UpstreamCall[] = [];
  head = 0;
  away = false;
  /** Something happens between any two questions. */
  busy = false;
  failing = false;
  /** It answers at once, as one does that is stopping. */
  hasty = false;
  refusing: string | undefined;
  constructor(private readonly clock: VirtualClock) {}

  async call(call: UpstreamCall): Promise<UpstreamAnswer> {
    this.calls.push(call);
    const { after, maxResults, waitMs } = call.input as { after?: string; maxResults: number; waitMs: number };
    if (this.away) {
      await this.clock.sleep(call.deadlineAtMs - this.clock.monotonicMs());
      return { rejection: { code: 'ServiceUnavailableException', message: 'away', status: 503 } };
    }
    if (this.failing) return { rejection: { code: 'ServerException', message: 'failed', status: 500 } };
    if (this.refusing) return { rejection: { code: 'InvalidParameterException', message: this.refusing, status: 400 } };
    if (after === undefined) return { output: { events: [], cursor: `ecs:${this.head}.0`, caughtUp: true } };
    if (this.busy) this.head++;
    const from = Number(/^ecs:(\d+)\.0$/.exec(after)![1]);
    const until = this.clock.monotonicMs() + (this.hasty ? 0 : waitMs);
    while (this.head === from && this.clock.monotonicMs() < until) await this.clock.sleep(10);
    await this.clock.sleep(1);
    const last = Math.min(this.head, from + maxResults);
    const events = Array.from({ length: last - from }, (_, n) => ({
      id: `ecs:${from + n + 1}.0`,
      'detail-type': 'ECS Task State Change',
      detail: { text: 'two\nlines' },
    }));
    return { output: { events, cursor: `ecs:${last}.0`, caughtUp: last === this.head } };
  }
}

let clock: VirtualClock;
let store: FakeStore;
let key: ResolvedKey;
let registry: Registry;
let streams: EventStreams;
beforeEach(() => {
  clock = new VirtualClock();
  store = new FakeStore(clock);
  key = { secret: 'secret', accountId: ACCOUNT, principalArn: PRINCIPAL, access: accessOf({}) };
  streams = streamsFor(4);
});

function streamsFor(maxEventReaders: number): EventStreams {
  registry = new Registry();
  return new EventStreams({
    upstream: store,
    authenticator: new Authenticator({ keys: { resolve: () => Promise.resolve(key) }, clock }),
    authorizer: new Authorizer({ upstream: store, random: seededRandom(2) }),
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    metrics: new EventMetrics(registry),
    limits: { ...DEFAULT_LIMITS, maxEventReaders },
  });
}

async function read(query: Record<string, string> = {}, lastEventId?: string, path = '/events') {
  const reader = new FakeReader();
  const request = await signed(clock, undefined, { method: 'GET', service: 'longshore', path, query, body: '' });
  const headers = { ...request.headers, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
  const over = streams.serve({ ...request, headers }, reader);
  await clock.advance(10);
  return Object.assign(reader, { over });
}
const refusal = (reader: FakeReader) => ({ status: reader.answered!.status, ...jsonOf(reader.answered!) });

describe('a reader', () => {
  it('begins at the head, learns at once where that is, and gets what follows as it happens', async () => {
    store.head = 7;
    const reader = await read();
    expect(reader.headers).toMatchObject({ 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' });
    expect(reader.text).toBe('retry: 1000\n\nid: ecs:7.0\n\n');
    store.head = 8;
    await clock.advance(20);
    expect(reader.text).toContain(
      'id: ecs:8.0\nevent: ECS Task State Change\ndata: {"id":"ecs:8.0","detail-type":"ECS Task State Change","detail":{"text":"two\\nlines"}}\n\n',
    );
  });

  it('asks in its own name, with its filters', async () => {
    await read({ cluster: 'blue,green', after: 'ecs:3.0' });
    expect(store.calls[0]).toMatchObject({
      service: 'longshore',
      operation: 'ReadEvents',
      input: { clusters: ['blue', 'green'], after: 'ecs:3.0', waitMs: 0 },
      principal: PRINCIPAL,
      accountId: ACCOUNT,
      region: 'eu-central-1',
    });
  });

  it('resumes after an id and gets everything since, page by page', async () => {
    store.head = 250;
    const reader = await read({ after: 'ecs:1.0' }, 'ecs:20.0');
    await clock.advance(10);
    expect(reader.ids).toEqual(Array.from({ length: 230 }, (_, n) => `ecs:${n + 21}.0`));
    expect(await registry.metrics()).toContain('longshore_gateway_events_sent_total 230');
  });

  it('shares what is asked and answered with those who read the same', async () => {
    streams = streamsFor(100);
    const readers = await Promise.all(Array.from({ length: 40 }, () => read()));
    const others = await Promise.all([read({ cluster: 'c' }), read({ cluster: 'c' })]);
    const asked = store.calls.length;
    for (let n = 1; n <= 10; n++) {
      store.head++;
      await clock.advance(100);
    }
    const ids = Array.from({ length: 10 }, (_, n) => `ecs:${n + 1}.0`);
    expect([...readers, ...others].map((reader) => reader.ids)).toEqual(Array.from({ length: 42 }, () => ids));
    expect(store.calls.length - asked).toBeLessThanOrEqual(24);
    readers[0]!.leave();
    store.head++;
    await clock.advance(100);
    expect([readers[0]!.ids.length, readers[1]!.ids.length]).toEqual([10, 11]);
  });

  it('that is slow asks no more than it takes', async () => {
    store.head = 1_000;
    const reader = await read();
    reader.stalled = true;
    store.head = 5_000;
    await clock.advance(60_000);
    const asked = store.calls.length;
    await clock.advance(60_000);
    expect([reader.ids.length, store.calls.length]).toEqual([100, asked]);
    reader.goOn();
    await clock.advance(100);
    expect(reader.ids).toHaveLength(4_000);
  });

  it('hears something at least every 15 s, and with it from where to resume', async () => {
    const reader = await read({ after: 'ecs:0.0' });
    let heard = reader.text.length;
    for (let quiet = 0; quiet < 4; quiet++) {
      await clock.advance(15_000);
      expect(reader.text.slice(heard)).toMatch(/^(id: ecs:0\.0\n\n: keep-alive\n\n)+$/);
      heard = reader.text.length;
    }
  });

  it('stays while the control plane is away, and misses nothing', async () => {
    const reader = await read({ after: 'ecs:0.0' });
    store.away = true;
    await clock.advance(40_000);
    expect(reader.text.match(/keep-alive/g)!.length).toBeGreaterThanOrEqual(2);
    store.head = 3;
    store.away = false;
    await clock.advance(5_000);
    expect([reader.ids, reader.ended]).toEqual([['ecs:1.0', 'ecs:2.0', 'ecs:3.0'], false]);
  });

  it('does not trouble a state store that fails', async () => {
    const reader = await read({ after: 'ecs:0.0' });
    store.failing = true;
    const asked = store.calls.length;
    await clock.advance(10_000);
    expect(store.calls.length - asked).toBeLessThan(25);
    store.failing = false;
    store.head = 1;
    await clock.advance(1_000);
    expect(reader.ids).toEqual(['ecs:1.0']);
  });

  it('does not trouble a state store that waits for nothing', async () => {
    const reader = await read({ after: 'ecs:0.0' });
    store.hasty = true;
    const asked = store.calls.length;
    await clock.advance(10_000);
    expect(store.calls.length - asked).toBeLessThan(25);
    store.head = 1;
    await clock.advance(1_000);
    expect(reader.ids).toEqual(['ecs:1.0']);
  });

  it('with a place to resume from is taken in while the control plane is away; one without is refused', async () => {
    store.away = true;
    const resuming = await read({}, 'ecs:4.0');
    const beginning = await read();
    await clock.advance(31_000);
    expect(refusal(beginning)).toMatchObject({ status: 503, __type: 'ServiceUnavailableException' });
    expect(resuming.text).toContain('retry: 1000');
    store.head = 5;
    store.away = false;
    await clock.advance(5_000);
    expect(resuming.ids).toEqual(['ecs:5.0']);
  });

  it('is told before the stream begins when its id is none', async () => {
    store.refusing = 'There is no such event.';
    const reader = await read({ after: 'ecs:1.0' });
    expect(refusal(reader)).toMatchObject({ status: 400, __type: 'InvalidParameterException', message: store.refusing });
    expect(reader.answered!.headers).toMatchObject({ 'access-control-allow-origin': '*' });
    expect(reader.headers).toBeUndefined();
  });

  it('is told too when it asks for more than the operation takes', async () => {
    const reader = await read({ cluster: 'c,'.repeat(101) });
    expect(refusal(reader)).toMatchObject({ status: 400, message: expect.stringMatching(/clusters/) });
    expect(store.calls).toEqual([]);
  });

  it('ends when the stream cannot go on; it is told why when it comes again', async () => {
    const reader = await read({ after: 'ecs:0.0' });
    store.refusing = 'The journal was trimmed.';
    await clock.resolve(reader.over);
    expect([reader.ended, reader.answered]).toEqual([true, undefined]);
  });

  it('is sent away within a minute after its key was deleted, however busy', async () => {
    const reader = await read({ after: 'ecs:0.0' });
    key = undefined;
    store.busy = true;
    await clock.resolve(reader.over, 60_000);
    expect(reader.ended).toBe(true);
  });

  it('stays when its key cannot be checked', async () => {
    const reader = await read({ after: 'ecs:0.0' });
    key = 'unavailable';
    await clock.advance(120_000);
    expect(reader.ended).toBe(false);
  });
});

describe('refused are', () => {
  it('readers of the past, with a hint', async () => {
    const reader = await read({}, undefined, '/as-of/ecs.r7/events');
    expect(refusal(reader)).toMatchObject({ status: 400, message: expect.stringMatching(/\/events\?after=/) });
  });

  it('strangers, and signatures for another service', async () => {
    const request = await signed(clock, undefined, { method: 'GET', service: 'ecs', path: '/events', body: '' });
    const reader = new FakeReader();
    await streams.serve(request, reader);
    expect(refusal(reader)).toMatchObject({ __type: 'InvalidSignatureException', message: expect.stringMatching(/'longshore'/) });
    key = undefined;
    expect(refusal(await read())).toMatchObject({ status: 400, __type: 'UnrecognizedClientException' });
  });

  it('readers beyond the limit of all accounts', async () => {
    streams = streamsFor(3);
    for (const accountId of [ACCOUNT, ACCOUNT, '444455556666']) {
      key = { ...(key as object), accountId } as ResolvedKey;
      expect((await read()).headers).toBeDefined();
    }
    expect(refusal(await read())).toMatchObject({ status: 503, message: expect.stringMatching(/3 readers/) });
  });

  it('readers beyond the half of an account, until one leaves; others still get in', async () => {
    const [first] = [await read(), await read()];
    expect(refusal(await read())).toMatchObject({ status: 503, message: expect.stringMatching(/one account may have/) });
    const own = key;
    key = { ...(key as object), accountId: '444455556666' } as ResolvedKey;
    expect((await read()).headers).toBeDefined();
    key = own;
    first.leave();
    await first.over;
    expect((await read()).headers).toBeDefined();
    expect(await registry.metrics()).toContain('longshore_gateway_event_readers 3');
  });
});

describe('leaving', () => {
  it('needs no answer: neither of an event that is waited for nor of a control plane that is away', async () => {
    const waiting = await read();
    store.away = true;
    const opening = await read({}, 'ecs:1.0');
    waiting.leave();
    opening.leave();
    await Promise.all([waiting.over, opening.over]);
    expect(await registry.metrics()).toContain('longshore_gateway_event_readers 0');
    const asked = store.calls.length;
    await clock.advance(60_000);
    expect(store.calls).toHaveLength(asked);
  });

  it('is what all do when the gateway stops, also one that takes nothing', async () => {
    const [one, other] = [await read(), await read()];
    other.stalled = true;
    store.head = 5;
    await clock.advance(10);
    streams.close();
    await Promise.all([one.over, other.over]);
    expect([one.ended, other.ended]).toEqual([true, true]);
    expect(refusal(await read())).toMatchObject({ status: 503 });
  });
});
