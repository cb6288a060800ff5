import { ecsEvents } from '#lib/ecs/public-events';
/**
 * Commands per second through the committer, in process, with the product's own rules and the journal in memory: what deciding,
 * evolving on a draft, checking, keeping the newest public events, encoding and answering cost together. Baseline: the rules
 * alone, one draft a command.
 */
import { ecs } from '#lib/ecs';
import type { EcsState } from '#lib/ecs/model';
import { Committer, Fold, MemoryJournal, MemoryJournalServer } from '#lib/journal';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { EventRing } from '#lib/app';
import { EcsWorld } from '../support/ecs-world.js';
import { MixClient, prepare } from './ecs-mix.js';
import { interleaved, perSecond, report } from './figures.js';

const ROUNDS = 12;
const COMMANDS = 12_000;
/** Commands under way at once: what the committer can gather while an append is in flight. */
const CLIENTS = 256;

function rulesAlone(): number {
  const world = new EcsWorld();
  const ground = prepare(world);
  const clients = Array.from({ length: CLIENTS }, (_, number) => new MixClient(ground, String(number), number));
  const beganMs = performance.now();
  for (let i = 0; i < COMMANDS; i++) {
    const client = clients[i % CLIENTS]!;
    const command = client.next();
    client.saw(command, world.given(command.name, command.input, command.actor));
  }
  return perSecond(COMMANDS, beganMs);
}

async function throughCommitter(): Promise<number> {
  const world = new EcsWorld();
  const ground = prepare(world);
  const server = new MemoryJournalServer('ecs', 'bench');
  const { store, scope } = world;
  const ring = new EventRing(ecsEvents);
  const decider = ring.decider(ecs.decider);
  const fold = new Fold<EcsState>({ name: 'ecs', journalId: 'bench', store, decider, clock: systemClock });
  ring.follow(fold);
  const fatal = (error: unknown) => {
    throw error instanceof Error ? error : new Error(String(error));
  };
  const committer = new Committer({
    journal: new MemoryJournal(server, { clock: systemClock }),
    fold,
    writer: 'bench',
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    holdsCertainly: () => true,
    onStepDown: fatal,
    onFatal: fatal,
  });
  committer.open();
  const client = async (number: number) => {
    const mix = new MixClient(ground, String(number), number);
    for (let i = number; i < COMMANDS; i += CLIENTS) {
      const command = mix.next();
      const { name, actor, input } = command;
      const id = `command-${i}`;
      const answer = await committer.submit(
        { id, name, actor, input, ...scope, requestId: id, operation: name },
        { timeoutMs: 5_000 },
      );
      if (!('output' in answer)) throw new Error(JSON.stringify(answer));
      mix.saw(command, answer.output);
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  const rate = perSecond(COMMANDS, beganMs);
  if (fold.recent.size !== COMMANDS) throw new Error('commands are missing');
  return rate;
}

await throughCommitter(); // warm-up
const { committer, rules } = await interleaved(ROUNDS, { committer: throughCommitter, rules: rulesAlone });
report('committer: definitions and whole lives of tasks by 256 clients in process', [
  {
    what: 'commands',
    unit: '/s',
    rounds: committer,
    baseline: { what: 'the rules alone', rounds: rules },
    target: { atLeast: 30_000 },
  },
]);
