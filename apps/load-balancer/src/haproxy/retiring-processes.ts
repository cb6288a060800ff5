import { applied } from '../proxy/commands.js';
import { followingSteps } from '../proxy/diff.js';
import { countersOf, type ProcessCounters, type Totals } from '../proxy/metrics.js';
import type { ProxyModel } from '../proxy/model.js';
import type { Runtime } from '../proxy/runtime.js';
import { isIdleSlot } from '../proxy/target-view.js';
import type { Running } from './launch.js';
import { RuntimeError } from './runtime-socket.js';
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

  get pids(): readonly number[] {
    return this.processes.map(({ process }) => process.pid);
  }

  add(running: Running, counters: ProcessCounters): void {
    this.processes.push({ ...running, counters });
    while (this.processes.length > MOST) this.processes.shift()!.process.signal('SIGTERM');
  }

  isIdle(backend: string, address: string): boolean {
    return this.processes.every(({ runtime }) =>
      (runtime.slots.get(backend) ?? []).every((slot) => slot.address !== address || isIdleSlot(slot)),
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
      await this.follow(retiring, model, current, nowMs);
      const { slots, rows } = await process.slots(runtime.slots, nowMs);
      for (const [backend, list] of slots) runtime.slots.set(backend, list);
      retiring.counters = countersOf(rows);
      if ((await process.connections()) !== 0) return true;
    } catch (error) {
      if (process.socket.isOpen) throw error;
      // Its socket is closed: it has ended, as it was to.
    }
    this.totals.end(retiring.counters);
    retiring.telemetry?.close();
    process.release();
    return false;
  }

  /** As far as it takes steps: one without clients, which only this app's connection keeps, refuses them. What it has is read after that. */
  private async follow({ process, runtime }: Retiring, model: ProxyModel, current: Runtime, nowMs: number): Promise<void> {
    try {
      for (const step of followingSteps(model, current, runtime)) {
        await take(process.socket, step);
        applied(runtime, step, nowMs);
      }
    } catch (error) {
      if (!process.socket.isOpen || !(error instanceof RuntimeError)) throw error;
    }
  }

  release(): void {
    for (const { process, telemetry } of this.processes) {
      telemetry?.close();
      process.release();
    }
    this.processes = [];
  }
}
