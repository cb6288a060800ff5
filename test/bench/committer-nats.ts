/**
 * Commands per second over NATS: 64 clients in a process of their own, the state store's writer in this one, a real nats-server
 * that syncs to disk before it acknowledges. Baseline: the same clients and bus, answered by an echo.
 */
import { createEcsStore } from '#lib/ecs/model';
import { JournalOwner } from '#lib/app';
import { ecs } from '#lib/ecs';
import { openFold } from '#lib/journal';
import { CommandSender, connectNats, NatsBus } from '#lib/messaging';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { NatsAssignmentBucket } from '../../apps/state-store/src/assignments/nats-assignment-bucket.js';
import { AssignmentPublisher } from '../../apps/state-store/src/assignments/assignment-publisher.js';
import { startNatsServer } from '../support/nats-server.js';
import { startChild } from './child-process.js';
import type { CommandRound, CommandRoundResult } from './command-clients.js';
import { definition, INSTANCES, type MixGround, registration } from './ecs-mix.js';
import { interleaved, report } from './figures.js';

const ROUNDS = 10;
const CLIENTS = 64;
const COMMANDS = 4_000;
const ECHO_SUBJECT = 'bench.echo';
/** As large as what a placed task is answered with. */
const ECHO_BYTES = 1_500;

const server = await startNatsServer();
const nats = await connectNats({ url: server.url, user: 'bench' });
const bus = new NatsBus(nats);
const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
const { journal, fold, leases } = await openFold({
  ...ports,
  connection: nats,
  name: 'ecs',
  role: 'owner',
  schemaVersion: ecs.schemaVersion,
  store: createEcsStore(),
  decider: ecs.decider,
});
const assignments = new AssignmentPublisher(fold, new NatsAssignmentBucket(nats), systemClock, silentLogger);
const owner = new JournalOwner({
  ...ports,
  domain: ecs,
  app: 'state-store',
  journal,
  fold,
  leases,
  bus,
  replicaId: 'bench',
  onPromoted: () => assignments.start(),
  onFatal: (error) => {
    throw error;
  },
});
owner.start();
const echo = new Uint8Array(ECHO_BYTES).fill(32);
bus.subscribe(ECHO_SUBJECT, (message) => message.respond?.(echo));

/** The ground is laid with commands too: the journal of this run is a journal like any other. */
async function layGround(): Promise<MixGround> {
  const given = async (actor: 'health-monitor' | 'state-store', name: string, input: object) => {
    const id = systemRandom.hex(16);
    const scope = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };
    const request = { id, requestId: id, operation: name, ...scope, input };
    const reply = await new CommandSender(bus, 'ecs', actor, systemClock).send(name, request, systemClock.monotonicMs() + 15_000);
    if (!('output' in reply)) throw new Error(JSON.stringify(reply));
    return reply.output;
  };
  const registered = await Promise.all(
    Array.from({ length: INSTANCES }, (_, index) => given('health-monitor', 'RegisterAgentInstance', registration(index))),
  );
  const web = await given('state-store', 'RegisterTaskDefinition', definition('web'));
  return {
    instances: (registered as { containerInstanceArn: string }[]).map((reply) => reply.containerInstanceArn),
    taskDefinitionArn: (web as { taskDefinition: { taskDefinitionArn: string } }).taskDefinition.taskDefinitionArn,
  };
}

const ground = await layGround();
const child = startChild('./command-clients.js');
const latencies = { p50: [] as number[], p99: [] as number[] };
const run = (round: number, to: CommandRound['to']) =>
  child.call<CommandRoundResult>({ url: server.url, clients: CLIENTS, count: COMMANDS, name: `round-${round}`, ground, to });
const warm = await run(-1, { kind: 'writer' });
if (!(warm.perSecond > 0)) throw new Error('nothing was done');
const { commands, echoes } = await interleaved(ROUNDS, {
  commands: async (round) => {
    const { perSecond, p50Ms, p99Ms } = await run(round, { kind: 'writer' });
    latencies.p50.push(p50Ms);
    latencies.p99.push(p99Ms);
    return perSecond;
  },
  echoes: async (round) => (await run(round, { kind: 'echo', subject: ECHO_SUBJECT })).perSecond,
});
await child.end();
await owner.stop();
await nats.close();
await server.stop();
const baseline = { what: 'the bus alone (echo)', rounds: echoes };
report(`committer over NATS, on disk before the answer, ${CLIENTS} clients`, [
  { what: 'commands', unit: '/s', rounds: commands, baseline, target: { atLeast: 3_000 } },
  { what: 'p50 of a command', unit: 'ms', rounds: latencies.p50 },
  { what: 'p99 of a command', unit: 'ms', rounds: latencies.p99 },
]);
