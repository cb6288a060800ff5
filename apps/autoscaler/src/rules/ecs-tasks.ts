import { type ApiReply, apiHeaders, type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Random } from '#lib/platform';
import { runTaskInput } from '../domain/rules/run-task-input.js';
import type { ScheduledRun } from '../domain/rules/model.js';

export type Tried = { readonly taskArns: readonly string[] } | { readonly problem: Problem };

interface Problem {
  readonly reason: string;
  /** By ECS, with a sentence: seldom another one a moment later. */
  readonly isRefused: boolean;
}

interface RunTaskAnswer {
  readonly tasks: readonly { readonly taskArn: string }[];
  readonly failures: readonly { readonly reason?: string; readonly arn?: string }[];
}

/** A scheduler takes 8 s at most. */
const WAIT_MS = 9_000;
/** Who AWS says it was. */
const PRINCIPALS = { rule: 'events.amazonaws.com', schedule: 'scheduler.amazonaws.com' } as const;

/**
 * Has ECS run the tasks of a scheduled run, under its client token: a try that was answered to nobody is answered again, and starts nothing
 * twice; one that found places for some of the tasks goes on with the others.
 */
export class EcsTasks {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly random: Random,
  ) {}

  async run({ id, source, target, accountId, region }: ScheduledRun): Promise<Tried> {
    const input = runTaskInput(source, target.given, id);
    const outcome = await this.bus.request(subjects.api('ecs', 'RunTask'), toJson(input), {
      timeoutMs: WAIT_MS,
      headers: {
        [apiHeaders.requestId]: this.random.hex(16),
        [apiHeaders.principal]: PRINCIPALS[source.kind],
        ...(target.accessKeyId === undefined ? {} : { [apiHeaders.accessKeyId]: target.accessKeyId }),
        [apiHeaders.accountId]: accountId,
        [apiHeaders.region]: region,
        [apiHeaders.timeout]: String(WAIT_MS),
        [apiHeaders.revisions]: '{}',
      },
    });
    if (outcome.outcome !== 'reply') return notNow('No scheduler answered.');
    const reply = fromJson(outcome.payload) as ApiReply;
    if ('unavailable' in reply) return notNow(`RunTask could not be answered: ${reply.unavailable}`);
    if ('rejection' in reply) {
      const { code, message, status } = reply.rejection;
      const isRefused = status < 500 && code !== 'ThrottlingException';
      return { problem: { reason: `${code}: ${message}`, isRefused } };
    }
    const { tasks, failures } = reply.output as RunTaskAnswer;
    if (failures.length === 0) return { taskArns: tasks.map(({ taskArn }) => taskArn) };
    const reasons = [...new Set(failures.map(({ reason = 'no reason' }) => reason))].join(', ');
    return notNow(`RunTask started ${tasks.length} tasks and failed for the others: ${reasons}`);
  }
}

const notNow = (reason: string): Tried => ({ problem: { reason, isRefused: false } });
