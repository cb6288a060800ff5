import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { append, lines, messages } from '../../../../test/support/log-store-suite.js';
import { aboveDiskFloor } from './disk-floor.js';
import { StoreUnavailable } from './log-store.js';
import { MemoryLogStore } from './memory-log-store.js';

it('lines are not taken while the disk has little room, are there to be read meanwhile, and are taken again when it has more', async () => {
  const clock = new VirtualClock();
  let free = 100;
  const store = aboveDiskFloor(new MemoryLogStore(), { clock, freeBytes: () => free, leastBytes: 50 });
  await store.append(append(lines(0, 1)));
  free = 49;
  await clock.advance(500);
  await expect(store.append(append(lines(1, 1)))).rejects.toThrow(StoreUnavailable);
  expect(await messages(store)).toHaveLength(1);
  free = 50;
  await clock.advance(500);
  await store.append(append(lines(1, 1)));
  expect(await messages(store)).toHaveLength(2);
});
