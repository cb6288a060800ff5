import type { Clock, Logger, Random } from '#lib/platform';
import { labels } from '../domain/container-spec.js';
import { Turnstile } from '../docker/turnstile.js';
import type { ContainerSnapshot } from '../ports.js';
import type { BatchSender } from './batch-sender.js';
import { ContainerFollower, type FollowerDeps, type ShippingCounts } from './container-follower.js';
import type { LogRoute } from './domain/log-route.js';
import type { LogCursors } from './log-cursors.js';
import type { OutputBrake } from './output-brake.js';

export interface LogShippingDeps {
  readonly sender: Pick<BatchSender, 'send' | 'open'>;
  readonly cursors: Pick<LogCursors, 'load' | 'save' | 'remove'>;
  readonly brake: OutputBrake;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** With half a megabyte each: what a host's lines take of its memory. */
const BATCHES_AT_ONCE = 8;
const SLOW_MS = 60_000;
const AFTER_FAILURE_MS = 5_000;
/** A container that was removed may have been somebody's last word: so long its removal waits for what is still on its way. */
const LAST_LINES_MS = 5_000;
/** A stopped task's containers are kept so long for lines that nobody takes. */
export const KEPT_UNSHIPPED_MS = 600_000;

interface Followed {
  readonly follower: ContainerFollower;
  readonly over: Promise<void>;
  exitedSinceMs?: number;
}

/** Follows every container that has a route in its labels, from what the engine is seen to say of it. */
export class LogShipping {
  readonly counts: ShippingCounts = { shippedLines: 0, droppedLines: 0, gaps: 0 };
  private readonly followed = new Map<string, Followed>();
  /** Exited, and all its lines taken. */
  private readonly done = new Set<string>();
  private readonly life = new AbortController();
  private readonly followerDeps: FollowerDeps;

  constructor(private readonly deps: LogShippingDeps) {
    const slots = new Turnstile(BATCHES_AT_ONCE, SLOW_MS, deps.clock);
    this.followerDeps = { ...deps, slots, counts: this.counts };
  }

  saw({ runtimeId, labels: own, state, logPath, pid }: ContainerSnapshot): void {
    const route = routeOf(own);
    if (!route || !logPath || state === 'created' || this.life.signal.aborted) return;
    if (state === 'running') this.done.delete(runtimeId);
    if (this.done.has(runtimeId)) return;
    const followed = this.followed.get(runtimeId) ?? this.follow(runtimeId, own[labels.taskArn] ?? '', logPath, route);
    followed.exitedSinceMs = state === 'exited' ? (followed.exitedSinceMs ?? this.deps.clock.monotonicMs()) : undefined;
    followed.follower.note(state, pid);
  }

  /** Whether nothing is lost when its stopped containers go; after a while they may in any case. */
  isShipped(taskArn: string): boolean {
    const now = this.deps.clock.monotonicMs();
    return [...this.followed.values()].every(
      ({ follower, exitedSinceMs = now }) => follower.container.taskArn !== taskArn || now - exitedSinceMs >= KEPT_UNSHIPPED_MS,
    );
  }

  /** Its container is about to be removed. */
  async letGo(runtimeId: string): Promise<void> {
    const followed = this.followed.get(runtimeId);
    if (followed) {
      await Promise.race([followed.over, this.deps.clock.sleep(LAST_LINES_MS)]);
      followed.follower.close();
      await followed.over;
    }
    this.done.delete(runtimeId);
    await this.deps.cursors.remove(runtimeId);
  }

  /** Containers go on, their lines stay in the engine's files. */
  stop(): void {
    this.life.abort(new Error('the agent stops'));
    for (const { follower } of this.followed.values()) follower.close();
  }

  private follow(runtimeId: string, taskArn: string, path: string, route: LogRoute): Followed {
    const follower = new ContainerFollower({ runtimeId, taskArn, path, route }, this.followerDeps);
    const followed = { follower, over: this.run(follower) };
    this.followed.set(runtimeId, followed);
    return followed;
  }

  private async run(follower: ContainerFollower): Promise<void> {
    const { runtimeId, taskArn } = follower.container;
    for (;;) {
      try {
        await follower.run();
        break;
      } catch (error) {
        this.deps.logger.error({ taskArn, runtimeId, err: error }, "a container's lines could not be read; it is tried again");
        await follower.pause(AFTER_FAILURE_MS);
      }
    }
    this.followed.delete(runtimeId);
    if (follower.isDone) this.done.add(runtimeId);
  }
}

function routeOf(own: Readonly<Record<string, string>>): LogRoute | undefined {
  const text = own[labels.logs];
  return text ? (JSON.parse(text) as LogRoute) : undefined;
}
