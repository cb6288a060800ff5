import type { TargetHealth, TargetReason } from '../domain/model.js';
import type { Backend, ProxyModel } from './model.js';
import type { Registration } from './registration.js';
import type { Runtime, Slot } from './runtime.js';

/** What one HAProxy knows of a target. */
export interface TargetView {
  readonly registration: Registration;
  readonly draining: boolean;
  readonly health: Pick<TargetHealth, 'reason' | 'description'> & { readonly state: 'initial' | 'healthy' | 'unhealthy' };
  /** It drains, is sent nothing new, and has no request, or connection, any more. */
  readonly isIdle: boolean;
}

/** Processes that were replaced and still have clients. */
interface Elsewhere {
  isIdle(backend: string, address: string): boolean;
}
const NOWHERE_ELSE: Elsewhere = { isIdle: () => true };

/** A request that was sent in the instant of the drain is counted by HAProxy a moment later. */
const IDLE_FOR_MS = 100;

/** Whether nothing is sent there, nor under way. One without a slot has never been sent anything. */
export const isIdleSlot = (slot: Slot | undefined): boolean => slot === undefined || (slot.idle?.forMs ?? 0) >= IDLE_FOR_MS;

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
      const isIdle = draining && isIdleSlot(slot) && elsewhere.isIdle(backend.name, address);
      const health = healthOf(backend, slot, nowMs);
      for (const registration of registrations) {
        yield { registration, draining, health, isIdle };
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
