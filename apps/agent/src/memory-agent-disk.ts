import type { TaskDefinitionPayload } from '#lib/ecs/model';
import type { TaskRecord } from './domain/task-record.js';
import type { AgentIdentity, AgentDisk, DefinitionKey } from './ports.js';

/** An agent's memory that lives as long as this object: for simulated hosts, whose "disk" it is. */
export class MemoryAgentDisk implements AgentDisk {
  private identity: AgentIdentity | undefined;
  private readonly tasks = new Map<string, TaskRecord>();
  private readonly definitions = new Map<string, TaskDefinitionPayload>();

  async loadIdentity(): Promise<AgentIdentity | undefined> {
    return this.identity;
  }
  async saveIdentity(identity: AgentIdentity): Promise<void> {
    this.identity = identity;
  }
  async loadTasks(): Promise<readonly TaskRecord[]> {
    return [...this.tasks.values()];
  }
  async saveTask(task: TaskRecord): Promise<void> {
    this.tasks.set(task.taskArn, task);
  }
  async removeTask(taskArn: string): Promise<void> {
    this.tasks.delete(taskArn);
  }
  async loadDefinition(taskDefinitionArn: string, digest: string): Promise<TaskDefinitionPayload | undefined> {
    return this.definitions.get(`${taskDefinitionArn} ${digest}`);
  }
  async saveDefinition(definition: TaskDefinitionPayload): Promise<void> {
    this.definitions.set(`${definition.taskDefinitionArn} ${definition.digest}`, definition);
  }

  async keepDefinitions(needed: readonly DefinitionKey[]): Promise<void> {
    const keys = new Set(needed.map(({ taskDefinitionArn, digest }) => `${taskDefinitionArn} ${digest}`));
    for (const key of this.definitions.keys()) if (!keys.has(key)) this.definitions.delete(key);
  }

  /** The disk was lost. */
  wipe(): void {
    this.identity = undefined;
    this.tasks.clear();
    this.definitions.clear();
  }
}
