import type { SendToWriter } from '#lib/app';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';
import { knownKeys, type SecretsState } from '../domain/state.js';
import type { ValueKeys } from './value-keys.js';

const INTERVAL_MS = 1_000;
const LEFT_OVER_INTERVAL_MS = 60_000;
/** Longer than any command with a new key can be under way. */
const UNKNOWN_KEPT_MS = 5 * 60_000;
const SEND_TIMEOUT_MS = 5_000;
/** Keys that are destroyed before it is said. */
const AT_ONCE = 100;

/**
 * Destroys the keys of deleted values, and says so. Only the replica that writes does. Level-based: the state has every key that is still to be
 * destroyed, so what a crash interrupted is done again. A key that the state does not know at all may belong to a command that is under way:
 * it is a left-over when that lasts, on the monotonic clock, so that nobody's setting of a clock destroys a key.
 */
export class Shredder {
  private readonly rounds: Periodic;
  private readonly unknownSinceMs = new Map<string, number>();
  private nextLeftOversAtMs = 0;

  constructor(
    private readonly deps: {
      readonly state: SecretsState;
      readonly keys: Pick<ValueKeys, 'list' | 'destroy'>;
      readonly send: SendToWriter;
      readonly clock: Clock;
      readonly random: Random;
      readonly logger: Logger;
    },
  ) {
    this.rounds = new Periodic(deps.clock, INTERVAL_MS, () => this.round(), { first: 'at-once' });
  }

  start(): void {
    this.unknownSinceMs.clear();
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
  }

  /** One round; public for tests. */
  async round(): Promise<void> {
    try {
      await this.destroyRetired();
      await this.destroyLeftOvers();
    } catch (error) {
      this.deps.logger.error({ err: error }, 'keys of deleted values could not be destroyed; it is tried again');
    }
  }

  private async destroyRetired(): Promise<void> {
    const { state, keys, send, clock, random } = this.deps;
    const keyIds = Array.from(state.retiredKeys.values(), ({ keyId }) => keyId).slice(0, AT_ONCE);
    if (keyIds.length === 0) return;
    for (const keyId of keyIds) await keys.destroy(keyId);
    const requestId = random.hex(16);
    const name = 'RecordDestroyedKeys';
    // No scope has it: the state says whose the values were.
    const whose = { principal: 'secrets', accountId: '', region: '', requestId, operation: name };
    await send({ id: requestId, name, ...whose, input: { keyIds } }, clock.monotonicMs() + SEND_TIMEOUT_MS);
  }

  private async destroyLeftOvers(): Promise<void> {
    const { state, keys, clock, logger } = this.deps;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.nextLeftOversAtMs) return;
    this.nextLeftOversAtMs = nowMs + LEFT_OVER_INTERVAL_MS;
    const made = await keys.list();
    // Read after the list: a key that was made since is in neither.
    const known = new Set(knownKeys(state));
    const unknown = new Set(made.filter((keyId) => !known.has(keyId)));
    for (const keyId of this.unknownSinceMs.keys()) if (!unknown.has(keyId)) this.unknownSinceMs.delete(keyId);
    for (const keyId of unknown) {
      const sinceMs = this.unknownSinceMs.get(keyId) ?? nowMs;
      this.unknownSinceMs.set(keyId, sinceMs);
      if (nowMs - sinceMs < UNKNOWN_KEPT_MS) continue;
      await keys.destroy(keyId);
      this.unknownSinceMs.delete(keyId);
      logger.info({ keyId }, 'a key that sealed nothing was destroyed');
    }
  }
}
