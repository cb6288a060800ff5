import type { AccountId, Region, Scope } from '#lib/kernel';
import { LOG_PARTITIONS, type LogBatch, type LogBatchError, type LogBatchReply, type LogOpening, partitionOf } from '#lib/logs';
import { type Bus, type BusRequest, type Subscription, toJson } from '#lib/messaging';
import { type AgentName, parseLogBatchSubject, subjects } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import { plausibleTime } from '../events/put-rules.js';
import { type LogStore, StoreUnavailable } from '../store/log-store.js';
import type { IntakeMetrics } from './intake-metrics.js';
import type { OpenedStream, OpenStreams } from './open-streams.js';
import { readBatch } from './read-batch.js';

export interface LogIntakeDeps {
  readonly bus: Bus;
  readonly store: LogStore;
  readonly streams: OpenStreams;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly metrics: IntakeMetrics;
  /** Whether this process takes what is sent to a partition. */
  readonly hears: (partition: number) => boolean;
}

/** One of those that hear a partition gets each batch. */
const QUEUE = 'log-aggregator';

/**
 * What agents ship. The subject proves the host and its account (its NATS user may publish only its own): a host writes into the logs of its
 * account and no other. Answered when the lines are durable.
 */
export class LogIntake {
  private readonly heard = new Map<number, Subscription>();
  private isOver = false;

  constructor(private readonly deps: LogIntakeDeps) {}

  /** Hears the partitions that it has to, from now on: whenever that may be others. A batch that it hears by mistake finds its way through the store. */
  listen(): void {
    if (this.isOver) return;
    for (let partition = 0; partition < LOG_PARTITIONS; partition++) {
      const heard = this.heard.get(partition);
      if (this.deps.hears(partition) === (heard !== undefined)) continue;
      this.heard.delete(partition);
      if (heard) void heard.drain();
      else this.heard.set(partition, this.subscribe(partition));
    }
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all([...this.heard.values()].map((heard) => heard.drain()));
  }

  private subscribe(partition: number): Subscription {
    return this.deps.bus.subscribe(subjects.allLogBatches(partition), (message) => this.take(message), { queue: QUEUE });
  }

  private take(message: BusRequest): void {
    const answered = async () => message.respond?.(toJson(await this.answer(message)));
    answered().catch((error: unknown) =>
      this.deps.logger.error({ err: error, subject: message.subject }, 'a batch of lines could not be taken'),
    );
  }

  private async answer({ subject, payload }: BusRequest): Promise<LogBatchReply> {
    const agent = parseLogBatchSubject(subject);
    const read = readBatch(payload);
    if ('problem' in read)
      return this.refused(agent, { code: 'InvalidParameterException', message: read.problem, retryable: false });
    const batch = 'opening' in read ? read.opening : read.batch;
    const scope = { accountId: agent.accountId as AccountId, region: batch.region as Region };
    if (partitionOf({ ...scope, logGroup: batch.logGroup }) !== agent.partition)
      return this.refused(agent, {
        code: 'InvalidParameterException',
        message: 'The log group is of another partition.',
        retryable: false,
      });
    try {
      const opened = await this.open(agent, scope, batch);
      if ('error' in opened) return opened;
      return 'opening' in read ? { next: 0 } : await this.append(agent, opened, read.batch);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return this.refused(agent, { code: 'ServiceUnavailableException', message: error.message, retryable: true });
    }
  }

  private async open(agent: AgentName, scope: Scope, { logGroup, logStream, create }: LogBatch | LogOpening) {
    const opened = await this.deps.streams.of(scope, logGroup, logStream, create.group, `agent/${agent.instanceId}`);
    if ('rejection' in opened) {
      const { code, message } = opened.rejection;
      return this.refused(agent, { code, message, retryable: false });
    }
    if ('unavailable' in opened)
      return this.refused(agent, { code: 'ServiceUnavailableException', message: opened.unavailable, retryable: true });
    return opened;
  }

  private async append(
    agent: AgentName & { partition: number },
    opened: OpenedStream,
    { source, dropped, events }: LogBatch,
  ): Promise<LogBatchReply> {
    const { store, clock, metrics } = this.deps;
    const nowMs = clock.now();
    const { taken, next } = await store.append({
      group: { id: opened.groupId, partition: agent.partition, place: opened.place },
      stream: opened.streamId,
      ingestedAt: nowMs,
      events: events.map(({ n, timestamp, message }) => ({
        n,
        message,
        timestamp: plausibleTime(Math.floor(timestamp), nowMs),
      })),
      source: {
        // Another host cannot say anything of this one's containers.
        container: `${agent.instanceId}/${source.container}`,
        from: source.from,
        to: source.to,
        skips: dropped !== undefined,
      },
    });
    metrics.took(taken, dropped !== undefined && taken > 0 ? dropped.count : 0);
    return { next: next! };
  }

  private refused(agent: AgentName, error: LogBatchError): { readonly error: LogBatchError } {
    this.deps.metrics.refused(error.code);
    if (!error.retryable)
      this.deps.logger.warn({ host: agent.instanceId, code: error.code }, `lines were refused: ${error.message}`);
    return { error };
  }
}
