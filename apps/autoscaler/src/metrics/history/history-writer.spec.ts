import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../../test/support/virtual-clock.js';
import { ofSample } from '../domain/summary.js';
import { HistoryWriter } from './history-writer.js';
import { MemoryHistory } from './memory-history.js';
import type { HistoryRow, SeenSeries } from './metric-history.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const LARGE = 1_000;

class CountingHistory extends MemoryHistory {
  writes: number[] = [];

  override write(rows: readonly HistoryRow[], seen: readonly SeenSeries[]): Promise<void> {
    this.writes.push(rows.length);
    return super.write(rows, seen);
  }
}

describe('the writer of history', () => {
  let clock: VirtualClock;
  let history: CountingHistory;
  let writer: HistoryWriter;
  beforeEach(() => {
    clock = new VirtualClock();
    history = new CountingHistory();
    writer = new HistoryWriter({ history, clock, logger: silentLogger, isWriter: () => true });
  });
  const put = async (count: number) => {
    for (let n = 0; n < count; n++)
      writer.add(SCOPE, { namespace: 'n', name: `m${n}`, dimensions: [], unit: 'None', atMs: clock.now(), summary: ofSample(n) });
    await clock.advance(20_000);
    await writer.round();
  };
  const later = async () => {
    await clock.advance(40_000);
    await writer.round();
    const valuesOnly = history.writes.filter((rows) => rows > 0);
    history.writes = [];
    return valuesOnly;
  };

  it('writes once more what a killed store may have lost', async () => {
    await put(3);
    history.run = 'other';
    expect(await later()).toEqual([3, 3]);
  });

  it('does not where the store says that it was not killed since, and there is much of it', async () => {
    history.run = 'first';
    await put(LARGE);
    history.writes = [];
    expect(await later()).toEqual([]);
    // Of bins, when their minute is over.
    expect(await later()).toEqual([LARGE]);
    expect(await later()).toEqual([]);
  });

  it('does where it was killed since', async () => {
    history.run = 'first';
    await put(LARGE);
    history.writes = [];
    history.run = 'second';
    expect(await later()).toEqual([LARGE]);
  });

  it('keeps what cannot be written, and writes it when that goes again', async () => {
    history.away = true;
    await put(LARGE);
    expect(writer.away).toBeDefined();
    history.away = false;
    history.run = 'first';
    history.writes = [];
    expect((await later())[0]).toBe(LARGE);
    expect(writer.away).toBeUndefined();
  });
});
