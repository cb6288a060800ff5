import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { HostAnswer, HostKind, HostList, HostSize, HostToStart } from '#lib/ecs/model';
import type { Clock } from '#lib/platform';
import { subjects } from '#lib/names';
import { LauncherConnection } from '../broker/launcher-connection.js';
import type { Layout } from '../host/layout.js';
import { messageOf } from '../terminal/fault.js';
import type { HostKeeper } from './host-keeper.js';

const instanceId = z.string().regex(/^[0-9a-f]{32}$/);
const name = z.string().min(1).max(255);
const toStart = z.object({
  instanceId,
  accountId: z.string().regex(/^\d{12}$/),
  region: name,
  group: name,
  cluster: name,
  kind: z.enum(['process', 'exec']).optional(),
  launch: z.record(z.string(), z.unknown()),
});
const toEnd = z.object({ instanceId });

export interface Keepers {
  readonly process: HostKeeper & { readonly size: HostSize };
  /** Absent where the operator has no command. */
  readonly exec?: HostKeeper;
}

/**
 * Starts and ends hosts of Auto Scaling groups for the autoscaler, while the supervisor runs. It remembers nothing of its own: who keeps a host
 * knows it by its instance id, and a request that comes again finds it done.
 */
export class HostDesk {
  private readonly connection: LauncherConnection;
  private readonly underWay = new Map<string, { readonly verb: 'start' | 'end'; readonly answer: Promise<HostAnswer> }>();

  constructor(
    layout: Layout,
    private readonly keepers: Keepers,
    clock: Pick<Clock, 'sleep'>,
    private readonly say: (text: string) => void,
  ) {
    this.connection = new LauncherConnection({
      layout,
      clock,
      serve: (connection) => this.serve(connection),
      problem: (why) => say(`No hosts of Auto Scaling groups can be started now: ${why}`),
    });
  }

  open(url: string): void {
    this.connection.open(url);
  }

  serve(connection: Pick<NatsConnection, 'subscribe' | 'isClosed'>): void {
    const serve = (verb: 'start' | 'end' | 'list', answer: (message: Msg) => Promise<object>) =>
      connection.subscribe(subjects.hosts(verb), {
        callback: (error, message) => {
          if (!error) void this.answer(connection, message, answer);
        },
      });
    serve('start', (message) => this.start(toStart.parse(message.json())));
    serve('end', (message) => this.end(toEnd.parse(message.json()).instanceId));
    serve('list', () => this.list());
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async answer(
    connection: Pick<NatsConnection, 'isClosed'>,
    message: Msg,
    answer: (message: Msg) => Promise<object>,
  ): Promise<void> {
    let reply: object;
    try {
      reply = await answer(message);
    } catch (error) {
      this.say(`A host of an Auto Scaling group could not be served: ${messageOf(error)}`);
      reply = { unavailable: 'the launcher could not do it; the output of ./longshore up says why' } satisfies HostAnswer;
    }
    // Closed meanwhile: it is asked again.
    if (!connection.isClosed()) message.respond(JSON.stringify(reply));
  }

  private start(asked: HostToStart): Promise<HostAnswer> {
    const { exec, process } = this.keepers;
    const kind: HostKind = asked.kind ?? this.kind;
    const keeper = kind === 'exec' ? exec : process;
    if (!keeper) return Promise.resolve({ refusal: NO_COMMAND });
    return this.once('start', asked.instanceId, () => keeper.start(asked));
  }

  /** Whoever has it; who has not, says so at once. */
  private end(id: string): Promise<HostAnswer> {
    const { exec, process } = this.keepers;
    return this.once('end', id, async () => {
      const ended = await process.end(id);
      return 'done' in ended && exec && (await exec.list()).includes(id) ? exec.end(id) : ended;
    });
  }

  private async list(): Promise<HostList> {
    const { exec, process } = this.keepers;
    try {
      const lists = await Promise.all([process.list(), exec?.list() ?? []]);
      return { hosts: lists.flat(), size: process.size, kind: this.kind };
    } catch (error) {
      // The groups say it in their activities, too.
      this.say(`Hosts of Auto Scaling groups are not known: ${messageOf(error)}`);
      return { unavailable: messageOf(error) };
    }
  }

  /** Of groups that do not say it. */
  private get kind(): 'exec' | 'process' {
    return this.keepers.exec ? 'exec' : 'process';
  }

  /** A host is asked for by one request at a time: the same again is answered with it, and its end comes after its start, which would outlive it. */
  private once(verb: 'start' | 'end', id: string, step: () => Promise<HostAnswer>): Promise<HostAnswer> {
    const before = this.underWay.get(id);
    if (before?.verb === verb) return before.answer;
    const answer = (before ? before.answer.then(step, step) : step()).finally(() => {
      if (this.underWay.get(id)?.answer === answer) this.underWay.delete(id);
    });
    this.underWay.set(id, { verb, answer });
    return answer;
  }
}

const NO_COMMAND =
  'The group wants its hosts from a command (longshore:hosts=exec), and there is none: set LONGSHORE_GROUP_HOST_COMMAND for ./longshore up.';
