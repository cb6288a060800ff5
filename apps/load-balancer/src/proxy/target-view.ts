import type { TargetHealth, TargetReason } from '../domain/model.js';
import type { Backend, ProxyModel } from './model.js';
import type { Registration } from './registration.js';
import type { Runtime, Slot } from './runtime.js';

/** What one HAProxy knows of a target. */
export interface TargetView {
  readonly registration: Registration;
  readonly draining: boolean;
  readonly health: Pick<TargetHealth, 'reason' | 'description'> & { readonly state: 'initial' | 'healthy' | 'unhealthy' };
  /** Whether it may still be sent something new. */
  readonly isOffered: boolean;
  /** Requests, or connections, that it has now. */
  readonly sessions: number;
}

/** Processes that were replaced and still have clients. */
interface Elsewhere {
  sessions(backend: string, address: string): number;
  offers(backend: string, address: string): boolean;
}
const NOWHERE_ELSE: Elsewhere = { sessions: () => 0, offers: () => false };

export function* targetViews(
  model: ProxyModel,
  runtime: Runtime,
  nowMs: number,
  elsewhere: Elsewhere = NOWHERE_ELSE,
): Iterable<TargetView> {
  for (const backend of model.backends.values()) {
    const slots = new Map((runtime.slots.get(backend.name) ?? []).map((slot) => [slot.address, slot]));
    for (const { address, draining, registrations } of backend.servers.values()) {
      const slot = slots.get(address);
      const sessions = (slot?.sessions ?? 0) + elsewhere.sessions(backend.name, address);
      const health = healthOf(backend, slot, nowMs);
      for (const registration of registrations) {
        yield {
          registration,
          draining,
          health,
          isOffered: slot?.state === 'in' || elsewhere.offers(backend.name, address),
          sessions,
        };
      }
    }
  }
}

/**
 * HAProxy's thresholds make a transition of many checks. A new target that fails is initial until it could have failed as often as
 * makes an unhealthy one; a target group without checks has healthy targets.
 */
export function healthOf({ check }: Backend, slot: Slot | undefined, nowMs: number): TargetView['health'] {
  if (!slot) return { state: 'initial', reason: 'Elb.RegistrationInProgress' };
  if (!check || slot.isUp) return { state: 'healthy' };
  const isNew = slot.enteredAtMs !== undefined && nowMs - slot.enteredAtMs < check.intervalMs * check.fall;
  if (isNew || slot.checkStatus === undefined) return { state: 'initial', reason: 'Elb.InitialHealthChecking' };
  return { state: 'unhealthy', ...failureOf(slot.checkStatus, slot.checkCode) };
}

/** A check that passed is none of a healthy target: it is on its way up. */
function failureOf(status: string, code: string | undefined): { readonly reason: TargetReason; readonly description?: string } {
  switch (status) {
    case 'L7STS':
    case 'L7RSP':
      return code
        ? { reason: 'Target.ResponseCodeMismatch', description: `Health checks failed with these codes: [${code}]` }
        : { reason: 'Target.FailedHealthChecks' };
    case 'L7TOUT':
    case 'L6TOUT':
    case 'L4TOUT':
      return { reason: 'Target.Timeout' };
    default:
      return { reason: 'Target.FailedHealthChecks' };
  }
}
