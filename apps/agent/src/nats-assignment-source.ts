import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { subjects } from '#lib/names';
import { type Assignment, AssignmentReader } from '#lib/ecs/model';
import { type Clock, type Logger, Periodic } from '#lib/platform';
import type { AssignmentSource } from './ports.js';

/** In case that a message was lost, which takes a broken connection, after which is looked anyway. Thousands of hosts do this. */
const LOOK_EVERY_MS = 20_000;
const ANSWER_TIMEOUT_MS = 2_000;
/** The broker gives a message to those who listen and to the bucket at once, so what is read may be what was there before. */
const BEHIND_PAUSES_MS = [5, 10, 20, 40, 80, 160, 320, 640];
/** Of a read that failed; the bucket is in memory storage, so a restarted broker has to be given it anew. */
const RETRY_MS = 1_000;

const NOT_FOUND = 404;
/** On the marker that a deleted key leaves. */
const KV_OPERATION = 'KV-Operation';

/**
 * This instance's key of the assignments bucket. A message says that it may have changed, and it is read: at once, one read at a time,
 * and now and then in case that a message was lost. Only an answer to its own question counts as the assignment, because
 * another host could have an answer of its own sent where the messages come. A missing or deleted key says nothing, so it changes
 * nothing; so does what is no assignment.
 */
export class NatsAssignmentSource implements AssignmentSource {
  constructor(
    private readonly connection: NatsConnection,
    private readonly instanceId: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  watch(listener: (assignment: Assignment) => void): () => void {
    const life = new AbortController();
    const reader = new AssignmentReader();
    /** What was said to be there now: never believed, only waited for. */
    let heard: Uint8Array | undefined;
    let behind = 0;
    const take = (found: Uint8Array): void => {
      const assignment = reader.read(found);
      // Mostly a look finds what was there.
      if (assignment === 'same') return;
      if (assignment) listener(assignment);
      else this.logger.warn({ bytes: found.length }, 'what is kept as the assignment is none; everything goes on as it is');
    };
    const read = async (): Promise<number | undefined> => {
      const found = await this.read(take);
      if (found === undefined) return RETRY_MS;
      if (heard === undefined || found.length === 0 || Buffer.compare(found, heard) === 0) heard = undefined;
      return heard === undefined ? undefined : BEHIND_PAUSES_MS[behind++];
    };
    const look = this.oneAtATime(read, life.signal);
    const changes = this.connection.subscribe(subjects.assignmentChanged(this.instanceId), {
      callback: (error, { data }) => {
        if (!error) [heard, behind] = [data, 0];
        void look();
      },
    });
    const endOfStatus = this.afterReconnects(look);
    const looks = new Periodic(this.clock, LOOK_EVERY_MS, look, { first: 'at-once' });
    looks.start();
    return () => {
      life.abort(new Error('nobody watches any more'));
      looks.stop();
      endOfStatus();
      changes.unsubscribe();
    };
  }

  /** What is asked for meanwhile is done once more afterwards; `read` says after how many milliseconds it has to be done again. */
  private oneAtATime(read: () => Promise<number | undefined>, signal: AbortSignal): () => Promise<void> {
    let isReading = false;
    let isWanted = false;
    return async () => {
      isWanted = true;
      if (isReading) return;
      isReading = true;
      while (isWanted && !signal.aborted && !this.connection.isClosed()) {
        isWanted = false;
        const againMs = await read();
        if (againMs === undefined) continue;
        isWanted = true;
        await this.clock.sleep(againMs, signal).catch(() => undefined);
      }
      isReading = false;
    };
  }

  /** What is there, which may be nothing; undefined when there was no answer. */
  private async read(take: (found: Uint8Array) => void): Promise<Uint8Array | undefined> {
    let answer: Msg;
    try {
      answer = await this.connection.request(subjects.assignmentRead(this.instanceId), undefined, { timeout: ANSWER_TIMEOUT_MS });
    } catch (error) {
      this.logger.debug({ err: error }, 'the assignment cannot be read; everything goes on as it is');
      return undefined;
    }
    if (answer.headers?.code === NOT_FOUND || answer.headers?.has(KV_OPERATION)) return new Uint8Array();
    take(answer.data);
    return answer.data;
  }

  private afterReconnects(look: () => Promise<void>): () => void {
    const status = this.connection.status();
    void (async () => {
      for await (const { type } of status) if (type === 'reconnect') void look();
    })();
    // An iterator of the client's queue; its type just does not say so.
    return () => (status as unknown as { stop(): void }).stop();
  }
}
