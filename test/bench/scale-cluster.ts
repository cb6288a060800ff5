import type { Installation } from './installation.js';
import { residentMiB } from './process-figures.js';
import { SignedClient } from './signed-client.js';

const POLL_MS = 50;
const GIVE_UP_MS = 120_000;
/** Replicas that have been asked for and do not run yet: enough that nothing waits for the next service. */
const UNDER_WAY = 4_000;

interface Counts {
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
}

/** A cluster of simulated instances that is filled with services, and says how far it is. */
export class ScaleCluster {
  readonly client: SignedClient;
  private created = 0;

  constructor(
    readonly installation: Installation,
    /** Of each service. */
    private readonly replicas: number,
  ) {
    this.client = new SignedClient(installation);
  }

  async register(): Promise<void> {
    const containerDefinitions = [{ name: 'app', image: 'longshore/hello', memory: 16, cpu: 1, essential: true }];
    await this.client.ecs('RegisterTaskDefinition', { family: 'bench', containerDefinitions });
  }

  /** Until so many tasks run in all. Returns how many became RUNNING in a second. */
  async fillTo(tasks: number): Promise<number> {
    const beganMs = performance.now();
    const before = await this.running();
    let [last, lastMs] = [before, beganMs];
    for (;;) {
      const running = await this.running();
      const nowMs = performance.now();
      if (running >= tasks) return ((running - before) * 1_000) / (nowMs - beganMs);
      if (running > last) [last, lastMs] = [running, nowMs];
      if (nowMs - lastMs > GIVE_UP_MS) throw new Error(`${running} of ${tasks} tasks run, and for ${GIVE_UP_MS} ms no more`);
      while (this.created < tasks && this.created - running < UNDER_WAY) await this.createService();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async running(): Promise<number> {
    const { clusters } = await this.client.ecs<{ clusters: readonly Counts[] }>('DescribeClusters', {});
    return clusters[0]!.runningTasksCount;
  }

  /** Seconds until it answers a read, from now on. */
  async untilAnswered(): Promise<number> {
    const beganMs = performance.now();
    for (;;) {
      try {
        await this.running();
        return (performance.now() - beganMs) / 1_000;
      } catch (error) {
        if (performance.now() - beganMs > GIVE_UP_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  /** Resident MiB of each process. */
  async memory(): Promise<Readonly<Record<string, number>>> {
    const processes = await this.installation.processes();
    return Object.fromEntries(processes.map(({ name, pid }) => [name, residentMiB(pid)]));
  }

  close(): void {
    this.client.close();
  }

  private async createService(): Promise<void> {
    this.created += this.replicas;
    const serviceName = `s-${this.created / this.replicas}`;
    await this.client.ecs('CreateService', { serviceName, taskDefinition: 'bench', desiredCount: this.replicas });
  }
}

export const simulating = (instances: number): string[] => ['--agents', '0', '--simulate', String(instances)];

/** For people: such a bench runs for minutes. */
export function progress(sentence: string): void {
  console.log(`  ${new Date().toISOString().slice(11, 19)} ${sentence}`);
}
