import { ecsEvents, type Occurrence } from '#lib/ecs/public-events';
/**
 * Events per second folded from JSON, at 20 events a commit: whole lives of tasks (placed, running, stopping, stopped, forgotten),
 * on an almost empty state and on one with 100,000 tasks, without and with the state store's ring of public events. Baseline: parsing the same JSON and nothing else.
 */
import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { type Commit, Fold, type Revision } from '#lib/journal';
import type { EventRecord, TableCut, Transaction } from '#lib/kernel';
import { systemClock } from '#lib/platform';
import { EventRing } from '#lib/app';
import { EcsWorld } from '../support/ecs-world.js';
import { type MixGround, placeTasks, prepare, reportOf } from './ecs-mix.js';
import { interleaved, perSecond, report } from './figures.js';

const ROUNDS = 10;
const TASKS = 4_000;
const EVENTS_A_COMMIT = 20;
const MANY = 100_000;

/** The tables before anything is folded. Values are immutable, so each round's state begins as a copy of references. */
function stateWith(tasks: number): { world: EcsWorld; ground: MixGround; tables: readonly TableCut[] } {
  const world = new EcsWorld();
  const ground = prepare(world);
  const { instances, taskDefinitionArn } = ground;
  for (let i = 0; i < tasks; i += 50) {
    const on = Array.from({ length: 50 }, (_, j) => instances[(i + j) % instances.length]!);
    world.given('PlaceTasks', placeTasks(taskDefinitionArn, `before-${i}`, on), 'scheduler');
  }
  return { world, ground, tables: world.store.cut() };
}

/** The lives of `TASKS` tasks as the product's rules write them, 16 under way at once. */
function commitsOf(world: EcsWorld, { instances, taskDefinitionArn }: MixGround): string[] {
  const transactions: Transaction[] = [];
  const did = (name: string, input: object, actor: string): unknown => {
    const commandId = `command-${transactions.length}`;
    const outcome = world.command(name, input, actor, commandId);
    if ('rejection' in outcome) throw new Error(outcome.rejection.message);
    transactions.push({ ...world.scope, commandId, actor, requestId: commandId, operation: name, events: outcome.events });
    return outcome.output;
  };
  const progress = (tasks: readonly string[], sequence: number, status: 'RUNNING' | 'STOPPED', first: number) =>
    tasks.forEach((taskArn, j) => {
      const containerInstanceArn = instances[(first + j) % instances.length]!;
      const report = reportOf(taskArn, sequence, status, new Date(world.now).toISOString());
      did('RecordTaskProgress', { reports: [{ containerInstanceArn, report }] }, 'health-monitor');
    });
  for (let i = 0; i < TASKS; i += 16) {
    const tasks = Array.from({ length: 16 }, (_, j) => {
      const input = placeTasks(taskDefinitionArn, `task-${i + j}`, [instances[(i + j) % instances.length]!]);
      return (did('PlaceTasks', input, 'scheduler') as { placed: { taskArn: string }[] }).placed[0]!.taskArn;
    });
    progress(tasks, 1, 'RUNNING', i);
    for (const task of tasks) did('StopTask', { cluster: 'default', task }, 'state-store');
    progress(tasks, 2, 'STOPPED', i);
    world.now += 3_600_000;
    did('Expire', {}, 'state-store');
  }
  return inCommits(transactions).map((commit) => JSON.stringify(commit));
}

function inCommits(transactions: readonly Transaction[]): Commit[] {
  const commits: Commit[] = [];
  let taken: Transaction[] = [];
  const flush = () => {
    const at = new Date(1_790_000_000_000 + commits.length).toISOString();
    commits.push({ v: 1, journalId: 'bench', commitId: `commit-${commits.length}`, at, writer: 'bench', transactions: taken });
    taken = [];
  };
  const events = (list: readonly Transaction[]) => list.reduce((sum, { events: { length } }) => sum + length, 0);
  for (const transaction of transactions) {
    taken.push(transaction);
    if (events(taken) >= EVENTS_A_COMMIT) flush();
  }
  flush();
  return commits;
}

interface Material {
  readonly tables: readonly TableCut[];
  readonly commits: readonly string[];
  readonly events: number;
}

function material(tasks: number): Material {
  const { world, ground, tables } = stateWith(tasks);
  const commits = commitsOf(world, ground);
  const events = commits.reduce((sum, json) => sum + eventsOf(JSON.parse(json) as Commit).length, 0);
  return { tables, commits, events };
}

const eventsOf = (commit: Commit): EventRecord[] => commit.transactions.flatMap((transaction) => transaction.events);

/** `ring`: as the state store folds, which keeps the public events at hand. */
function folding({ tables, commits, events }: Material, ring?: EventRing<EcsState, Occurrence>): number {
  const store = createEcsStore();
  for (const { table, keys, values } of tables)
    store.load(
      table,
      keys.map((key, i) => [key, values[i]] as const),
    );
  const decider = ring?.decider(ecs.decider) ?? ecs.decider;
  const fold = new Fold<EcsState>({ name: 'ecs', journalId: 'bench', store, decider, clock: systemClock });
  ring?.follow(fold);
  fold.noteHead(commits.length as Revision);
  const beganMs = performance.now();
  commits.forEach((json, i) => fold.apply(JSON.parse(json) as Commit, (i + 1) as Revision));
  return perSecond(events, beganMs);
}

function parsing({ commits, events }: Material): number {
  const beganMs = performance.now();
  for (const json of commits) if ((JSON.parse(json) as Commit).v !== 1) throw new Error('another envelope');
  return perSecond(events, beganMs);
}

const few = material(0);
const many = material(MANY);
folding(few); // warm-up
folding(few, new EventRing(ecsEvents));
const rounds = await interleaved(ROUNDS, {
  few: () => folding(few),
  fewNoted: () => folding(few, new EventRing(ecsEvents)),
  many: () => folding(many),
  manyNoted: () => folding(many, new EventRing(ecsEvents)),
  parsing: () => parsing(few),
});
const baseline = { what: 'JSON.parse alone', rounds: rounds.parsing };
const target = { atLeast: 100_000 };
report(`fold: ${few.events.toLocaleString('en')} events in ${few.commits.length.toLocaleString('en')} commits`, [
  { what: 'events, few tasks in the state', unit: '/s', rounds: rounds.few, baseline, target },
  { what: '… and the newest public events kept', unit: '/s', rounds: rounds.fewNoted, baseline, target },
  { what: `events, ${MANY.toLocaleString('en')} tasks in the state`, unit: '/s', rounds: rounds.many, baseline, target },
  { what: '… and the newest public events kept', unit: '/s', rounds: rounds.manyNoted, baseline, target },
]);
