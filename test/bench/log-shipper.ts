import { connectNats, NatsBus } from '#lib/messaging';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { labels } from '../../apps/agent/src/domain/container-spec.js';
import { BatchSender } from '../../apps/agent/src/logs/batch-sender.js';
import type { LogRoute } from '../../apps/agent/src/logs/domain/log-route.js';
import { LogCursors } from '../../apps/agent/src/logs/log-cursors.js';
import { LogShipping } from '../../apps/agent/src/logs/log-shipping.js';
import type { ContainerSnapshot } from '../../apps/agent/src/ports.js';
import { serveParent } from './child-process.js';

/** An agent's part in the shipping of lines, in a process of its own: from files as the engine writes them to the bus. */
export interface ShipperCall {
  readonly url: string;
  readonly directory: string;
  readonly accountId: string;
  readonly region: string;
  readonly group: string;
  /** Of containers that have exited: their files, by the name of their stream. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ShipperResult {
  readonly seconds: number;
  readonly processorSeconds: number;
}

serveParent<ShipperCall>(async ({ url, directory, accountId, region, group, files }) => {
  const bus = new NatsBus(await connectNats({ url, user: 'agent' }));
  const shipping = new LogShipping({
    sender: new BatchSender(bus, { accountId, region, instanceId: 'a'.repeat(32) }),
    cursors: await LogCursors.open(directory),
    brake: { hold: async () => undefined },
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  const before = process.cpuUsage();
  const beganMs = performance.now();
  for (const [stream, path] of Object.entries(files)) {
    const route: LogRoute = { v: 1, region, group, stream, createGroup: false, mode: 'blocking', bufferBytes: 1e9 };
    const own = { [labels.taskArn]: stream, [labels.logs]: JSON.stringify(route) };
    shipping.saw({ runtimeId: stream, labels: own, state: 'exited', logPath: path } as unknown as ContainerSnapshot);
  }
  while (!Object.keys(files).every((stream) => shipping.isShipped(stream))) await systemClock.sleep(5);
  const { user, system } = process.cpuUsage(before);
  const result: ShipperResult = { seconds: (performance.now() - beganMs) / 1_000, processorSeconds: (user + system) / 1e6 };
  shipping.stop();
  return result;
});
