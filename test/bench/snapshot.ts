/**
 * A start from a snapshot of 200,000 tasks on 5,000 instances, as an app does it: read from nats-server, checked, parsed, indexed.
 * Baseline: parsing the same JSON and nothing else. And how long the loop of the app that takes the snapshot is held up meanwhile.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { zstdDecompressSync } from 'node:zlib';
import { connect } from '@nats-io/transport-node';
import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { Fold, folderOf, NatsSnapshotStore, type Revision, type SnapshotManifest, Snapshots, withDeadlines } from '#lib/journal';
import { silentLogger, systemClock } from '#lib/platform';
import { EcsWorld } from '../support/ecs-world.js';
import { startNatsServer } from '../support/nats-server.js';
import { definition, placeTasks, registration, reportOf } from './ecs-mix.js';
import { interleaved, report } from './figures.js';

const ROUNDS = 10;
const TASKS = 200_000;
const INSTANCES = 5_000;

function fullState(): EcsWorld {
  const world = new EcsWorld();
  const instances = Array.from(
    { length: INSTANCES },
    (_, index) =>
      world.given<{ containerInstanceArn: string }>('RegisterAgentInstance', registration(index), 'health-monitor')
        .containerInstanceArn,
  );
  const { taskDefinition } = world.given<{ taskDefinition: { taskDefinitionArn: string } }>(
    'RegisterTaskDefinition',
    definition('web'),
  );
  for (let i = 0; i < TASKS; i += 50) {
    const on = Array.from({ length: 50 }, (_, j) => instances[(i + j) % INSTANCES]!);
    const { placed } = world.given<{ placed: { taskArn: string }[] }>(
      'PlaceTasks',
      placeTasks(taskDefinition.taskDefinitionArn, `t-${i}`, on),
      'scheduler',
    );
    const at = new Date(world.now).toISOString();
    const reports = placed.map(({ taskArn }, j) => ({
      containerInstanceArn: on[j]!,
      report: reportOf(taskArn, 1, 'RUNNING', at),
    }));
    world.given('RecordTaskProgress', { reports }, 'health-monitor');
    world.commits.length = 0;
  }
  return world;
}

const foldOn = (store: EcsWorld['store']): Fold<EcsState> =>
  new Fold<EcsState>({ name: 'ecs', journalId: 'bench', store, decider: ecs.decider, clock: systemClock });

const server = await startNatsServer();
const connection = await connect({ servers: server.url });
const blobs = withDeadlines(await NatsSnapshotStore.create(connection), systemClock);
const snapshots = new Snapshots({ store: blobs, schemaVersion: ecs.schemaVersion, clock: systemClock, logger: silentLogger });

const full = foldOn(fullState().store);
full.startFrom({ revision: 1 as Revision, atMs: Date.now(), recent: [] });
let revision = 1;
const texts: string[] = [];

/** The longest that anything else had to wait while a snapshot was taken. */
async function taking(): Promise<number> {
  full.startFrom({ revision: ++revision as Revision, atMs: Date.now(), recent: [] });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const beganMs = performance.now();
  delay.enable();
  await snapshots.take(full);
  delay.disable();
  tookMs.push(performance.now() - beganMs);
  await snapshots.prune('ecs');
  p99Ms.push(delay.percentile(99) / 1e6);
  return delay.max / 1e6;
}

async function restoring(): Promise<number> {
  const fold = foldOn(createEcsStore());
  const beganMs = performance.now();
  const restored = await snapshots.restore(fold);
  const ms = performance.now() - beganMs;
  if (restored !== revision || fold.state.tasks.size !== TASKS) throw new Error('the snapshot was not restored');
  return ms;
}

async function newest(): Promise<SnapshotManifest & { readonly folder: string }> {
  const folder = folderOf((await snapshots.list('ecs'))[0]!);
  const manifest = Buffer.from((await blobs.get(`${folder}/manifest`))!).toString();
  return { ...(JSON.parse(manifest) as SnapshotManifest), folder };
}

function parsing(): number {
  const beganMs = performance.now();
  for (const text of texts) if (!Array.isArray(JSON.parse(text))) throw new Error('not a chunk');
  return performance.now() - beganMs;
}

const tookMs: number[] = [];
const p99Ms: number[] = [];
await taking();
const { chunks, folder } = await newest();
let stored = 0;
for (const file of new Set(chunks.map((chunk) => chunk.file))) {
  const bytes = (await blobs.get(`${folder}/${file}`))!;
  stored += bytes.length;
  for (const { zstd } of chunks.filter((chunk) => chunk.file === file))
    texts.push(zstdDecompressSync(bytes.subarray(zstd!.at, zstd!.at + zstd!.bytes)).toString());
}
await restoring(); // warm-up
const rounds = await interleaved(ROUNDS, { restoring, parsing, taking });
await connection.close();
await server.stop();

const bytes = texts.reduce((sum, text) => sum + text.length, 0);
const baseline = { what: 'JSON.parse alone', rounds: rounds.parsing };
report(
  `snapshot: ${TASKS.toLocaleString('en')} tasks, ${(bytes / 2 ** 20).toFixed(0)} MiB, ${(stored / 2 ** 20).toFixed(0)} stored, in ${texts.length} chunks and ${new Set(chunks.map(({ file }) => file)).size} messages`,
  [
    { what: 'restored from nats-server', unit: 'ms', rounds: rounds.restoring, baseline, target: { atMost: 5_000 } },
    { what: 'taken', unit: 'ms', rounds: tookMs },
    { what: '… the loop held up, p99', unit: 'ms', rounds: p99Ms, target: { atMost: 20 } },
    { what: '… at most', unit: 'ms', rounds: rounds.taking },
  ],
);
