import { type ClusterArn, clusterNameOf, type EcsState } from '#lib/ecs/model';
import type { Position } from '#lib/kernel';
import { EVENT_SLUGS, type Occurrence, ownerOf, renderEvent } from '#lib/ecs/public-events';
import type { Fold } from '#lib/journal';
import { subjects } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import type { EventRing } from '#lib/app';

/** Where live listeners hear events. Nothing is kept for those who are not there. */
export interface EventOutlet {
  /** False when certainly nobody hears the subject: the event need not be rendered. */
  wants(subject: string): boolean;
  /** When it is not known whether somebody hears the subject: resolves when it is, or never will be. */
  send(subject: string, id: string, payload: string): Promise<unknown> | undefined;
}

/** Other work gets its turn after so many events. */
const SENT_AT_ONCE = 100;

/**
 * The writer tells live listeners what it committed, after the commit and in order: a reader of the ring like any other. One that
 * cannot follow (the ring went on without it) leaves events out rather than hold the writer up, and a writer that took over begins
 * with its own commits; whoever has to know all reads them with `ReadEvents`.
 */
export class EventPublisher {
  private position: Position | undefined;
  private isScheduled = false;
  /** By what the subject is made of; names are few, events many. */
  private readonly known = new Map<string, string>();

  constructor(
    private readonly fold: Pick<Fold<EcsState>, 'subscribe'>,
    private readonly ring: EventRing<EcsState, Occurrence>,
    private readonly outlet: EventOutlet,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.fold.subscribe(() => this.schedule());
  }

  /** On promotion. */
  start(): void {
    this.position = { revision: this.ring.revision };
  }

  /** On losing the lease. What is committed is told first. */
  pause(): void {
    while (this.publishSome());
    this.position = undefined;
  }

  private schedule(): void {
    if (this.isScheduled || !this.position) return;
    this.isScheduled = true;
    // After the writer has answered.
    this.clock.after(0, () => {
      const more = this.publishSome();
      const goOn = () => {
        this.isScheduled = false;
        if (more) this.schedule();
      };
      // Of a connection that is closed nothing is known any more: its process ends.
      if (more instanceof Promise) more.then(goOn, goOn);
      else goOn();
    });
  }

  /** Something when there may be more: what has to be waited for first, or nothing but the others' turn. */
  private publishSome(): Promise<unknown> | true | undefined {
    if (!this.position) return undefined;
    if (!this.ring.holds(this.position)) {
      const { beginning } = this.ring;
      this.logger.warn({ from: this.position, to: beginning }, 'events were not told to live listeners: too many at once');
      this.position = { revision: beginning };
    }
    let sent = 0;
    for (const { commit, firstIndex } of this.ring.after(this.position)) {
      const { revision, at, occurrences } = commit;
      for (let index = firstIndex; index < occurrences.length; index++) {
        if (sent >= SENT_AT_ONCE) return true;
        const occurrence = occurrences[index]!;
        const subject = this.subjectOf(occurrence);
        if (this.outlet.wants(subject)) {
          const event = renderEvent(occurrence, { revision, index, at });
          const answer = this.outlet.send(subject, event.id, JSON.stringify(event));
          sent++;
          if (answer) {
            this.position = { revision, index };
            return answer;
          }
        }
        this.position = { revision, index };
      }
    }
    return undefined;
  }

  private subjectOf(occurrence: Occurrence): string {
    const { accountId, region, clusterArn } = ownerOf(occurrence);
    const key = occurrence.of + clusterArn;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const subject = subjects.events({ accountId, region }, EVENT_SLUGS[occurrence.of], clusterNameOf(clusterArn as ClusterArn));
    this.known.set(key, subject);
    return subject;
  }
}
