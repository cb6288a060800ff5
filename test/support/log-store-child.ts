/**
 * A process that keeps lines until it is killed: `node log-store-child.js <directory> <first ordinal>`. It says on its standard output up to
 * where they are acknowledged. Several batches are on their way at once, so that commits have more than one and blocks are sealed all the time.
 */
import { SqliteLogStore } from '../../apps/log-aggregator/src/store/sqlite/sqlite-log-store.js';

const [directory, first] = process.argv.slice(2) as [string, string];
const script = new URL('../../apps/log-aggregator/src/store/sqlite/store-thread.js', import.meta.url);
const end = (what: unknown) => {
  console.error(what);
  process.exit(1);
};
const store = new SqliteLogStore({ directory, script, nowMs: Date.now, onDamaged: end, onTrouble: end, onFatal: end });
const BATCH = 400;
const UNDER_WAY = 4;

let n = Number(first);
async function keep(): Promise<void> {
  for (;;) {
    const from = n;
    n += BATCH;
    const events = Array.from({ length: BATCH }, (_, index) => {
      const ordinal = from + index;
      const message = `{"n":${ordinal},"trace":"${(ordinal * 2_654_435_761).toString(16)}","text":"a line like many others, ${'x'.repeat(ordinal % 90)}"}`;
      return { n: ordinal, timestamp: ordinal, message };
    });
    const { next } = await store.append({
      group: { id: 'g', partition: 0 },
      stream: 's',
      ingestedAt: from,
      events,
      source: { container: 'c', from, to: from + BATCH - 1, skips: false },
    });
    process.stdout.write(`${next}\n`);
  }
}
await Promise.all(Array.from({ length: UNDER_WAY }, keep));
