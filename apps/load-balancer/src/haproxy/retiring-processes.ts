import { applied } from '../proxy/commands.js';
import { followingSteps } from '../proxy/diff.js';
import { countersOf, type ProcessCounters, type Totals } from '../proxy/metrics.js';
import type { ProxyModel } from '../proxy/model.js';
import type { Runtime } from '../proxy/runtime.js';
import type { Running } from './launch.js';
import { take } from './steps.js';

interface Retiring extends Running {
  counters: ProcessCounters;
}

/** Each costs memory, and a connection that never ends keeps it: the oldest ones' are cut. */
const MOST = 8;

/**
 * HAProxys that were replaced and still have clients. They take no new connections but serve the ones they have, so a target that is
 * deregistered has to be drained there too, and is idle only when it is idle there.
 */
export class RetiringProcesses {
  private processes: Retiring[] = [];

  constructor(private readonly totals: Totals) {}

  get isEmpty(): boolean {
    return this.processes.length === 0;
  }

  get counters(): readonly ProcessCounters[] {
    return this.processes.map(({ counters }) => counters);
  }

  add(running: Running, counters: ProcessCounters): void {
    this.processes.push({ ...running, counters });
    while (this.processes.length > MOST) this.processes.shift()!.process.signal('SIGTERM');
  }

  sessions(backend: string, address: string): number {
    let sessions = 0;
    for (const { runtime } of this.processes) {
      for (const slot of runtime.slots.get(backend) ?? []) if (slot.address === address) sessions += slot.sessions;
    }
    return sessions;
  }

  /** Whether one of them may still send it something. */
  offers(backend: string, address: string): boolean {
    return this.processes.some(({ runtime }) =>
      runtime.slots.get(backend)?.some((slot) => slot.address === address && slot.state === 'in'),
    );
  }

  async round(model: ProxyModel, current: Runtime, nowMs: number): Promise<void> {
    const remaining: Retiring[] = [];
    for (const retiring of this.processes) if (await this.look(retiring, model, current, nowMs)) remaining.push(retiring);
    this.processes = remaining;
  }

  /** Whether it is still there. */
  private async look(retiring: Retiring, model: ProxyModel, current: Runtime, nowMs: number): Promise<boolean> {
    const { process, runtime } = retiring;
    try {
      for (const step of followingSteps(model, current, runtime)) {
        await take(process.socket, step);
        applied(runtime, step, nowMs);
      }
      const { slots, rows } = await process.slots(runtime.slots);
      for (const [backend, list] of slots) runtime.slots.set(backend, list);
      retiring.counters = countersOf(rows);
      if ((await process.connections()) !== 0) return true;
    } catch {
      // Its socket is closed: it has ended, as it was to.
    }
    this.totals.end(retiring.counters);
    retiring.telemetry?.close();
    process.release();
    return false;
  }

  release(): void {
    for (const { process, telemetry } of this.processes) {
      telemetry?.close();
      process.release();
    }
    this.processes = [];
  }
}
