import type { TaskDefinitionPayload } from '#lib/ecs/model';
import type { TaskRecord } from '../../apps/agent/src/domain/task-record.js';
import type { AgentIdentity, AgentDisk, DefinitionKey } from '../../apps/agent/src/ports.js';

/** Longer than any disk holds writes back. */
const REMEMBERED_MS = 10_000;

interface Write {
  readonly atMs: number;
  readonly key: string;
  /** What was there before; undefined for nothing. */
  readonly before: object | undefined;
}

/** An agent's disk. What was written last may be gone when the power is: then what was there before is there again. */
export class SimulatedDisk implements AgentDisk {
  private readonly files = new Map<string, object>();
  private recent: Write[] = [];

  constructor(private readonly nowMs: () => number) {}

  loadIdentity(): Promise<AgentIdentity | undefined> {
    return Promise.resolve(this.files.get('identity') as AgentIdentity | undefined);
  }

  saveIdentity(identity: AgentIdentity): Promise<void> {
    return this.write('identity', identity);
  }

  loadTasks(): Promise<readonly TaskRecord[]> {
    const tasks = [...this.files].filter(([key]) => key.startsWith('task ')).map(([, record]) => record as TaskRecord);
    return Promise.resolve(tasks);
  }

  saveTask(task: TaskRecord): Promise<void> {
    return this.write(`task ${task.taskArn}`, task);
  }

  removeTask(taskArn: string): Promise<void> {
    return this.write(`task ${taskArn}`, undefined);
  }

  loadDefinition(taskDefinitionArn: string, digest: string): Promise<TaskDefinitionPayload | undefined> {
    return Promise.resolve(this.files.get(definitionKey(taskDefinitionArn, digest)) as TaskDefinitionPayload | undefined);
  }

  saveDefinition(definition: TaskDefinitionPayload): Promise<void> {
    return this.write(definitionKey(definition.taskDefinitionArn, definition.digest), definition);
  }

  async keepDefinitions(needed: readonly DefinitionKey[]): Promise<void> {
    const keys = new Set(needed.map(({ taskDefinitionArn, digest }) => definitionKey(taskDefinitionArn, digest)));
    for (const key of this.files.keys()) if (key.startsWith('definition ') && !keys.has(key)) await this.write(key, undefined);
  }

  /** The disk was lost. */
  wipe(): void {
    this.files.clear();
    this.recent = [];
  }

  /** Everything of the last `ms` was written to a cache only. */
  loseLast(ms: number): void {
    const sinceMs = this.nowMs() - ms;
    for (let last = this.recent.at(-1); last && last.atMs >= sinceMs; last = this.recent.at(-1)) {
      this.put(last.key, last.before);
      this.recent.pop();
    }
  }

  private write(key: string, value: object | undefined): Promise<void> {
    const atMs = this.nowMs();
    if (this.recent.length > 0 && this.recent[0]!.atMs < atMs - 2 * REMEMBERED_MS)
      this.recent = this.recent.filter((write) => write.atMs >= atMs - REMEMBERED_MS);
    this.recent.push({ atMs, key, before: this.files.get(key) });
    this.put(key, value);
    return Promise.resolve();
  }

  private put(key: string, value: object | undefined): void {
    if (value) this.files.set(key, value);
    else this.files.delete(key);
  }
}

const definitionKey = (taskDefinitionArn: string, digest: string) => `definition ${taskDefinitionArn} ${digest}`;
