import { errors } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import { type Clock, TokenBucket } from '#lib/platform';
import { classOf, type Rates, type RequestClass } from './request-classes.js';

export interface ShareLimits {
  readonly rates: Rates;
  /** Requests of one account that this gateway waits for at the same time, long polls among them. */
  readonly inFlight: number;
}

/** As ECS counts, an account has its rates; not its keys, and here not its regions: anyone may name any number of those. */
interface Account {
  readonly buckets: Map<RequestClass, TokenBucket>;
  inFlight: number;
}

/** Between two looks for accounts of which nothing is left to remember. */
const SWEEP_MS = 60_000;

/**
 * What one account may take of this gateway, so that it cannot starve another. Each replica counts for itself: with n replicas an
 * account has n times as much.
 */
export class AccountShares {
  private readonly accounts = new Map<string, Account>();
  private sweptAtMs = 0;

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly limits: ShareLimits,
    private readonly throttled: (why: RequestClass | 'in-flight') => void,
  ) {}

  /** A refusal, or what is to be called once the request is over. */
  admit(accountId: string, operation: string): { readonly rejection: Rejection } | { readonly leave: () => void } {
    const nowMs = this.clock.monotonicMs();
    this.sweep(nowMs);
    let account = this.accounts.get(accountId);
    if (!account) this.accounts.set(accountId, (account = { buckets: new Map(), inFlight: 0 }));
    if (account.inFlight >= this.limits.inFlight) return this.refuse('in-flight');
    const name = classOf(operation);
    let bucket = account.buckets.get(name);
    if (!bucket) account.buckets.set(name, (bucket = new TokenBucket(this.limits.rates[name], nowMs)));
    if (!bucket.take(nowMs)) return this.refuse(name);
    account.inFlight++;
    return { leave: () => account.inFlight-- };
  }

  private refuse(why: RequestClass | 'in-flight') {
    this.throttled(why);
    return { rejection: errors.throttled };
  }

  private sweep(nowMs: number): void {
    if (nowMs - this.sweptAtMs < SWEEP_MS) return;
    this.sweptAtMs = nowMs;
    for (const [id, { buckets, inFlight }] of this.accounts)
      if (inFlight === 0 && [...buckets.values()].every((bucket) => bucket.isFull(nowMs))) this.accounts.delete(id);
  }
}
