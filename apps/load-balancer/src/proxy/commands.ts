import type { Step } from './diff.js';
import type { Runtime, Slot } from './runtime.js';
import { freeSlot } from './runtime.js';

/** HAProxy's words for a step, in their order, except for maps: a map is changed in a transaction (`mapCommands`). */
export function commandsOf(step: Exclude<Step, { kind: 'map' }>): readonly string[] {
  const server = `${step.backend}/${step.slot}`;
  switch (step.kind) {
    case 'enter':
      return [
        `set server ${server} addr ${step.server.host} port ${step.server.port}`,
        // The slot's last target may have been drained in it.
        ...(step.checked ? [`enable health ${server}`] : []),
        // Out of maintenance HAProxy takes a server as up until its first failed check: it comes out in drain, is told that it is down,
        // and waits for a check then.
        ...(step.checked ? [`set server ${server} state drain`, `set server ${server} health down`] : []),
        `set server ${server} state ready`,
      ];
    case 'drain':
      // Clients with its cookie would be sent to one in drain all the same, but not to one that is down; checks would bring it up again.
      return [`set server ${server} state drain`, `disable health ${server}`, `set server ${server} health down`];
    case 'resume':
      return [`set server ${server} state ready`];
    case 'promote':
      return [`set server ${server} health up`];
    case 'leave':
      return [`set server ${server} state maint`, ...(step.cut ? [`shutdown sessions server ${server}`] : [])];
  }
}

/** Of one command with its payload; HAProxy's buffer for both has 16 KiB. */
const MAX_PAYLOAD_BYTES = 12_000;

/** The lines as payloads of `add map @version`. */
export function payloadsOf(lines: readonly string[]): readonly string[] {
  const payloads: string[] = [];
  let payload = '';
  for (const line of lines) {
    if (payload.length + line.length + 1 > MAX_PAYLOAD_BYTES) {
      payloads.push(payload);
      payload = '';
    }
    payload += `${line}\n`;
  }
  return payload === '' ? payloads : [...payloads, payload];
}

/** What a HAProxy has after a step. */
export function applied(runtime: Runtime, step: Step, nowMs: number): void {
  if (step.kind === 'map') {
    runtime.maps.set(step.map, step.lines);
    return;
  }
  const slots = runtime.slots.get(step.backend) ?? [];
  runtime.slots.set(
    step.backend,
    slots.map((slot) => (slot.name === step.slot ? changed(slot, step, nowMs) : slot)),
  );
}

function changed(slot: Slot, step: Exclude<Step, { kind: 'map' }>, nowMs: number): Slot {
  switch (step.kind) {
    case 'enter':
      return {
        ...freeSlot(slot.name),
        state: 'in',
        address: step.server.address,
        registeredAt: step.server.registeredAt,
        isUp: !step.checked,
        ...(step.checked ? { enteredAtMs: nowMs } : {}),
      };
    case 'drain':
      return { ...slot, state: 'draining', isUp: false, idle: undefined };
    case 'resume':
      return { ...slot, state: 'in', idle: undefined };
    case 'promote':
      return { ...slot, isUp: true, enteredAtMs: undefined };
    case 'leave':
      return { ...freeSlot(slot.name), sessions: step.cut ? 0 : slot.sessions };
  }
}
