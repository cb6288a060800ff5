import {
  type Append,
  DAY_MS,
  END_OF_TIME,
  type GroupRef,
  type LogStore,
  type Page,
  type Scan,
  StoreUnavailable,
} from '../../apps/log-aggregator/src/store/log-store.js';

export interface OpenedStore {
  readonly store: LogStore;
  /** As if the process had ended, and come again. */
  reopen(): Promise<LogStore>;
  /** Whatever is written, until `isFull` is false again, finds no room. */
  fill?(isFull: boolean): void;
  close(): Promise<void>;
}

const NOON = Date.UTC(2026, 10, 23, 12);
export const GROUP: GroupRef = { id: 'group-a', partition: 3 };
const OTHER: GroupRef = { id: 'group-b', partition: 3 };

export const lines = (from: number, count: number, at = NOON) =>
  Array.from({ length: count }, (_, index) => ({
    timestamp: at + from + index,
    message: `line ${from + index} of all`,
    n: from + index,
  }));

export const append = (events: Append['events'], more: Partial<Append> = {}): Append => ({
  group: GROUP,
  stream: 's1',
  ingestedAt: NOON + 10,
  events,
  ...more,
});

export const scanOf = (more: Partial<Scan> = {}): Scan => ({
  group: GROUP,
  from: 0,
  to: NOON + 10 * DAY_MS,
  backward: false,
  limit: 10_000,
  maxBytes: 1_000_000,
  budgetBytes: 1_000_000_000,
  ...more,
});

export async function everything(store: LogStore, more: Partial<Scan> = {}): Promise<Page['events']> {
  const events: Page['events'][number][] = [];
  let after: Scan['after'];
  for (;;) {
    const page = await store.scan(scanOf({ ...more, after }));
    events.push(...page.events);
    if (!page.next) return events;
    after = page.next;
  }
}
export const messages = async (store: LogStore, more: Partial<Scan> = {}) =>
  (await everything(store, more)).map(({ message }) => message);

/** What every store of lines does. */
export function logStoreContract(open: () => Promise<OpenedStore>): void {
  let opened: OpenedStore;
  let store: LogStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  it('gives back what it took, with its times, its stream and every character', async () => {
    const odd = ['', ' ', 'ünï ✓ 💥', 'two\nlines', '\u0000\u0001', 'x'.repeat(300_000)];
    const events = odd.map((message, index) => ({ timestamp: NOON + index, message }));
    expect(await store.append(append(events))).toEqual({ taken: odd.length });
    expect(await everything(store)).toEqual(
      events.map((event) => expect.objectContaining({ ...event, ingestedAt: NOON + 10, stream: 's1' })),
    );
  });

  it('has an order: by time, and among those of one time by arrival; forward and backward, in pages of any size', async () => {
    const times = [5, 3, 3, 9, 1, 3, 9].map((offset) => NOON + offset);
    for (const [index, timestamp] of times.entries())
      await store.append(append([{ timestamp, message: `m${index}` }], { stream: `s${index % 2}` }));
    const forward = ['m4', 'm1', 'm2', 'm5', 'm0', 'm3', 'm6'];
    for (const limit of [1, 2, 3, 100]) {
      expect(await messages(store, { limit })).toEqual(forward);
      expect(await messages(store, { limit, backward: true })).toEqual([...forward].reverse());
    }
    expect(await messages(store, { streams: ['s1'] })).toEqual(['m1', 'm5', 'm3']);
    expect(await messages(store, { streams: [] })).toEqual([]);
    expect(await messages(store, { from: NOON + 3, to: NOON + 9 })).toEqual(['m1', 'm2', 'm5', 'm0']);
  });

  it('says only that there is more when there is', async () => {
    await store.append(append(lines(0, 10)));
    expect((await store.scan(scanOf({ limit: 10 }))).next).toBeUndefined();
    const page = await store.scan(scanOf({ limit: 9 }));
    expect(page.next).toMatchObject({ timestamp: NOON + 8 });
  });

  it('bounds a page by its bytes, and gives one event whatever its size is', async () => {
    const large = ['a', 'b', 'c'].map((letter, index) => ({ timestamp: NOON + index, message: letter.repeat(600) }));
    await store.append(append(large));
    const sizes: number[] = [];
    let after: Scan['after'];
    do {
      const page = await store.scan(scanOf({ maxBytes: 1_300, after }));
      sizes.push(page.events.length);
      after = page.next;
    } while (after);
    expect(sizes).toEqual([2, 1]);
    expect((await store.scan(scanOf({ maxBytes: 10 }))).events).toHaveLength(1);
  });

  it('keeps groups apart, and days, however many there are', async () => {
    const days = [0, 1, 5].flatMap((day) => lines(day * 10, 5, NOON + day * DAY_MS));
    await store.append(append(days));
    await store.append(append([{ timestamp: NOON, message: 'of the other' }], { group: OTHER }));
    expect(await messages(store)).toEqual(days.map(({ message }) => message));
    expect(await messages(store, { backward: true, limit: 4 })).toEqual(days.map(({ message }) => message).reverse());
    expect(await messages(store, { group: OTHER })).toEqual(['of the other']);
  });

  it('finds lines by a filter pattern, also of many', async () => {
    for (let batch = 0; batch < 40; batch++) {
      const events = lines(batch * 500, 500).map((line) => ({
        ...line,
        message: line.n % 997 === 0 ? `needle "user_${line.n}" ERROR` : `{"level":"info","n":${line.n},"text":"nothing of note"}`,
      }));
      await store.append(append(events, { stream: `s${batch % 3}` }));
    }
    const needles = Array.from({ length: 21 }, (_, index) => index * 997);
    for (const backward of [false, true]) {
      const numbers = async (pattern: string) =>
        (await everything(store, { pattern, backward, limit: 5 })).map(({ timestamp }) => timestamp - NOON).sort((a, b) => a - b);
      expect(await numbers('needle')).toEqual(needles);
      expect(await numbers('"user_1994"')).toEqual([1_994]);
      expect(await numbers('{ $.n >= 19998 }')).toEqual([19_998, 19_999]);
      expect(await numbers('?user_997 ?user_1994')).toEqual([997, 1_994]);
      expect(await numbers('need')).toEqual([]);
      expect(await numbers('absent')).toEqual([]);
      expect(await numbers('%user_99."%')).toEqual([997]);
    }
  });

  it('finds a word where it stands as one, whatever is beside it', async () => {
    const found = ['ab ok', 'xab ab', '(ab)', 'ab', '… ab', 'abx;ab', 'é ab'];
    const others = ['xab', 'abx', 'éab', 'abé xab', 'AB', 'a b'];
    await store.append(append([...found, ...others].map((message, index) => ({ timestamp: NOON + index, message }))));
    expect(await messages(store, { pattern: 'ab' })).toEqual(found);
    expect((await store.count({ ...scanOf(), pattern: '"ab"', binMs: DAY_MS })).bins).toEqual({
      [Math.floor(NOON / DAY_MS) * DAY_MS]: found.length,
    });
  });

  it('counts by time what a search finds, and says how far it came', async () => {
    for (let batch = 0; batch < 20; batch++) await store.append(append(lines(batch * 1_000, 1_000), { stream: `s${batch % 2}` }));
    const { from, to } = scanOf();
    const counting = { group: GROUP, from, to, query: 'line', binMs: 5_000, budgetBytes: 1e9 };
    expect(await store.count(counting)).toEqual({
      bins: Object.fromEntries([0, 1, 2, 3].map((bin) => [NOON + bin * 5_000, 5_000])),
    });
    expect(await store.count({ ...counting, query: '19999' })).toEqual({ bins: { [NOON + 15_000]: 1 } });
    expect((await store.count({ ...counting, query: '' })).bins).toEqual((await store.count(counting)).bins);
    expect(await store.count({ ...counting, query: '', binMs: END_OF_TIME, from: NOON + 1_500 })).toEqual({
      bins: { 0: 18_500 },
    });
    expect((await store.count({ ...counting, streams: ['s0'], from: NOON + 500, to: NOON + 2_500 })).bins).toEqual({
      [NOON]: 1_000,
    });
  });

  it('ends a page when enough was looked at, and goes on from there', async () => {
    for (let batch = 0; batch < 20; batch++) await store.append(append(lines(batch * 1_000, 1_000)));
    const found: string[] = [];
    let after: Scan['after'];
    do {
      const page = await store.scan(scanOf({ budgetBytes: 1, pattern: '19999', after }));
      found.push(...page.events.map(({ message }) => message));
      after = page.next;
    } while (after);
    expect(found).toEqual(['line 19999 of all']);
  });

  it('takes each line of a container once, whatever is sent again', async () => {
    const range = (from: number, to: number, skips = false) =>
      store.append(append(lines(from, to - from + 1), { source: { container: 'c', from, to, skips } }));
    expect(await range(0, 9)).toEqual({ taken: 10, next: 10 });
    expect(await range(0, 9)).toEqual({ taken: 0, next: 10 });
    expect(await range(5, 14)).toEqual({ taken: 5, next: 15 });
    // What is missing is asked for; what is lost is said to be.
    expect(await range(20, 24)).toEqual({ taken: 0, next: 15 });
    expect(await range(20, 24, true)).toEqual({ taken: 5, next: 25 });
    const [other] = lines(7, 1);
    expect(await store.append(append([other!], { source: { container: 'd', from: 7, to: 9, skips: false } }))).toEqual({
      taken: 1,
      next: 10,
    });
    expect((await everything(store)).map(({ timestamp }) => timestamp - NOON)).toEqual([
      ...Array.from({ length: 15 }, (_, index) => index).flatMap((n) => (n === 7 ? [7, 7] : [n])),
      20,
      21,
      22,
      23,
      24,
    ]);
  });

  it('takes a request once, also when it had been closed before it was sent again', async () => {
    const put = (request: string) => store.append(append(lines(0, 3), { request }));
    expect(await put('a')).toEqual({ taken: 3 });
    await put('a');
    store = await opened.reopen();
    await put('a');
    expect(await everything(store)).toHaveLength(3);
    expect(await put('b')).toEqual({ taken: 3 });
    expect(await everything(store)).toHaveLength(6);
  });

  it('knows the times of streams and the bytes of groups', async () => {
    await store.append(append(lines(5, 2)));
    await store.append(append(lines(0, 1), { ingestedAt: NOON + 50 }));
    expect(await store.streamTimes(GROUP)).toEqual({
      s1: { firstEventTimestamp: NOON, lastEventTimestamp: NOON + 6, lastIngestionTime: NOON + 50 },
    });
    expect(await store.streamTimes(OTHER)).toEqual({});
    expect((await store.storedBytes())[GROUP.id]).toBeGreaterThan(0);
  });

  it('has all of it after it was closed and opened', async () => {
    for (let batch = 0; batch < 30; batch++)
      await store.append(
        append(lines(batch * 300, 300), { source: { container: 'c', from: batch * 300, to: batch * 300 + 299, skips: false } }),
      );
    store = await opened.reopen();
    expect((await everything(store)).map(({ timestamp }) => timestamp - NOON)).toEqual(
      Array.from({ length: 9_000 }, (_, n) => n),
    );
    expect(await store.append(append(lines(0, 10), { source: { container: 'c', from: 0, to: 9, skips: false } }))).toEqual({
      taken: 0,
      next: 9_000,
    });
    expect(Object.keys(await store.streamTimes(GROUP))).toEqual(['s1']);
  });

  it('lets go of what is too old by whole days, and of groups, and of nothing else', async () => {
    for (const group of [GROUP, OTHER])
      for (const day of [0, 1, 2])
        await store.append(append([{ timestamp: NOON + day * DAY_MS, message: `day ${day}` }], { group }));
    await store.sweep({ erase: [], expire: [{ ...GROUP, before: NOON + DAY_MS }] });
    expect(await messages(store)).toEqual(['day 1', 'day 2']);
    expect(await messages(store, { group: OTHER })).toEqual(['day 0', 'day 1', 'day 2']);
    await store.sweep({ erase: [OTHER], expire: [] });
    expect(await messages(store, { group: OTHER })).toEqual([]);
    expect(await store.streamTimes(OTHER)).toEqual({});
    await store.append(append([{ timestamp: NOON, message: 'late' }]));
    expect(await messages(store)).toEqual(['late', 'day 1', 'day 2']);
  });
}

/** Of stores that a test can take the room from. */
export function fullStoreContract(open: () => Promise<OpenedStore>): void {
  it('refuses what it has no room for, loses nothing that it took, and goes on when there is room again', async () => {
    const opened = await open();
    const { store } = opened;
    await store.append(append(lines(0, 100), { source: { container: 'c', from: 0, to: 99, skips: false } }));
    opened.fill!(true);
    const more = append(lines(100, 5_000), { source: { container: 'c', from: 100, to: 5_099, skips: false } });
    await expect(store.append(more)).rejects.toThrow(StoreUnavailable);
    expect(await messages(store)).toHaveLength(100);
    opened.fill!(false);
    expect(await store.append(more)).toEqual({ taken: 5_000, next: 5_100 });
    expect((await everything(store)).map(({ timestamp }) => timestamp - NOON)).toEqual(
      Array.from({ length: 5_100 }, (_, n) => n),
    );
    await opened.close();
  });
}
