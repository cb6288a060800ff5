import type { Signature } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Clock } from '#lib/platform';

export interface SignatureLimits {
  /** How long after its first sight a signature may come once more. */
  readonly againMs: number;
  /** Remembered at most, in all and of one key: about 200 bytes each. */
  readonly kept: number;
  readonly keptOfKey: number;
}

/**
 * Within `againMs`, as long as a request may take, what comes twice is taken twice, as on AWS: a client that signs two equal requests
 * in one second means both, and one whose connection broke sends the same bytes again. (What carries an SDK's invocation id has
 * one effect all the same, see `requestIdOf`.) No client keeps a signed request for longer.
 */
export const SIGNATURE_LIMITS: SignatureLimits = { againMs: 10_000, kept: 100_000, keptOfKey: 50_000 };

/** A header's signature is good for 15 minutes before and after the moment that it names. */
const VALID_MS = 2 * 15 * 60_000;

interface Used {
  readonly firstAtMs: number;
  readonly untilMs: number;
}

/**
 * Signatures of changing requests, so that one who has seen a request cannot have it done again. This replica's only, and since its
 * start. Full (a key's newest 50,000 changes), it forgets the oldest ones.
 */
export class UsedSignatures {
  /** By key, in the order of their first sight. */
  private readonly keys = new Map<string, Map<string, Used>>();
  private size = 0;

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly limits: SignatureLimits = SIGNATURE_LIMITS,
  ) {}

  /** For a verified signature. Clients of AWS sign anew after this answer. */
  refusal({ accessKeyId, signature, expiresSeconds }: Signature): Rejection | undefined {
    const nowMs = this.clock.monotonicMs();
    let used = this.keys.get(accessKeyId);
    if (!used) this.keys.set(accessKeyId, (used = new Map()));
    const known = used.get(signature);
    if (known) return nowMs - known.firstAtMs > this.limits.againMs ? USED : undefined;
    this.makeRoom(accessKeyId, used, nowMs);
    const validMs = expiresSeconds === undefined ? VALID_MS : 15 * 60_000 + expiresSeconds * 1_000;
    used.set(signature, { firstAtMs: nowMs, untilMs: nowMs + validMs });
    this.size++;
    return undefined;
  }

  private makeRoom(accessKeyId: string, used: Map<string, Used>, nowMs: number): void {
    for (const [signature, { untilMs }] of used) {
      if (untilMs > nowMs && used.size < this.limits.keptOfKey) break;
      used.delete(signature);
      this.size--;
    }
    while (this.size >= this.limits.kept) {
      // Another key's oldest: the key that was heard first of all.
      const [oldestKey, signatures] = this.keys.entries().next().value!;
      const oldest = signatures.keys().next();
      if (!oldest.done && signatures.delete(oldest.value)) this.size--;
      if (signatures.size === 0 && oldestKey !== accessKeyId) this.keys.delete(oldestKey);
      else if (signatures.size === 0) break;
    }
  }
}

const USED: Rejection = {
  code: 'InvalidSignatureException',
  message: 'Signature expired: it was used already. Sign the request again.',
  status: 400,
};
