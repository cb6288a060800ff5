import { CommandSender, connectNats, NatsBus, toJson } from '#lib/messaging';
import { systemClock, systemRandom } from '#lib/platform';
import { serveParent } from './child-process.js';
import { type MixCommand, MixClient, type MixGround } from './ecs-mix.js';
import { perSecond } from './figures.js';
import { percentile } from './statistics.js';

/** Clients of the writer on NATS, in a process of their own. */
export interface CommandRound {
  readonly url: string;
  readonly clients: number;
  /** Commands of all clients together. */
  readonly count: number;
  readonly name: string;
  readonly ground: MixGround;
  readonly to: { readonly kind: 'writer' } | { readonly kind: 'echo'; readonly subject: string };
}

export interface CommandRoundResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const TIMEOUT_MS = 10_000;
const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };
let bus: NatsBus | undefined;

serveParent<CommandRound>(async ({ url, clients, count, name, ground, to }) => {
  bus ??= new NatsBus(await connectNats({ url, user: 'clients' }));
  const nats = bus;
  const senders = {
    scheduler: new CommandSender(nats, 'ecs', 'scheduler', systemClock),
    'state-store': new CommandSender(nats, 'ecs', 'state-store', systemClock),
    'health-monitor': new CommandSender(nats, 'ecs', 'health-monitor', systemClock),
  };
  const toWriter = async (mix: MixClient, command: MixCommand) => {
    const id = systemRandom.hex(16);
    const request = { id, requestId: id, operation: command.name, ...SCOPE, input: command.input };
    const reply = await senders[command.actor].send(command.name, request, systemClock.monotonicMs() + TIMEOUT_MS);
    if (!('output' in reply)) throw new Error(JSON.stringify(reply));
    mix.saw(command, reply.output);
  };
  const toEcho = async (subject: string, command: MixCommand) => {
    const reply = await nats.request(subject, toJson({ ...SCOPE, input: command.input }), { timeoutMs: TIMEOUT_MS });
    if (reply.outcome !== 'reply') throw new Error(reply.outcome);
  };
  const latenciesMs: number[] = [];
  const client = async (number: number) => {
    const mix = new MixClient(ground, `${name}-${number}`, number);
    for (let i = number; i < count; i += clients) {
      const command = mix.next();
      const sentMs = performance.now();
      await (to.kind === 'writer' ? toWriter(mix, command) : toEcho(to.subject, command));
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const result: CommandRoundResult = {
    perSecond: perSecond(count, beganMs),
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
  };
  return result;
});
