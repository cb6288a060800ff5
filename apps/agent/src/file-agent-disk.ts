import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hashId } from '#lib/kernel';
import type { TaskDefinitionPayload } from '#lib/ecs/model';
import type { Logger } from '#lib/platform';
import type { TaskRecord } from './domain/task-record.js';
import type { KnownFilter } from './packet-filter/packet-filter-loop.js';
import type { AgentIdentity, AgentDisk, DefinitionKey } from './ports.js';

/** Of a file that has not its own name yet. */
const BEGUN = '.new';

/**
 * JSON files under one directory: `identity.json`, `tasks/<hash>.json`, `definitions/<hash>.json`. A file is written beside its
 * place, forced to disk, renamed, and the directory forced to disk too, so a power cut leaves the old or the new one, and the new
 * one once it was said to be saved. One that cannot be read counts as lost: labels
 * and the assignment say the rest.
 */
export class FileAgentDisk implements AgentDisk {
  private written = 0;

  private constructor(
    private readonly directory: string,
    private readonly logger: Logger,
  ) {}

  static async open(directory: string, logger: Logger): Promise<FileAgentDisk> {
    for (const folder of ['tasks', 'definitions']) await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
    for (const name of await readdir(directory, { recursive: true }))
      if (name.endsWith(BEGUN)) await rm(join(directory, name), { force: true });
    return new FileAgentDisk(directory, logger);
  }

  loadIdentity(): Promise<AgentIdentity | undefined> {
    return this.read<AgentIdentity>('identity.json');
  }

  saveIdentity(identity: AgentIdentity): Promise<void> {
    return this.write('identity.json', identity);
  }

  async loadTasks(): Promise<readonly TaskRecord[]> {
    const names = (await readdir(join(this.directory, 'tasks'))).filter((name) => name.endsWith('.json'));
    const tasks = await Promise.all(names.map((name) => this.read<TaskRecord>(join('tasks', name))));
    return tasks.filter((task) => task !== undefined);
  }

  saveTask(task: TaskRecord): Promise<void> {
    return this.write(taskFile(task.taskArn), task);
  }

  async removeTask(taskArn: string): Promise<void> {
    await rm(join(this.directory, taskFile(taskArn)), { force: true });
  }

  loadDefinition(taskDefinitionArn: string, digest: string): Promise<TaskDefinitionPayload | undefined> {
    return this.read<TaskDefinitionPayload>(definitionFile(taskDefinitionArn, digest));
  }

  saveDefinition(definition: TaskDefinitionPayload): Promise<void> {
    return this.write(definitionFile(definition.taskDefinitionArn, definition.digest), definition);
  }

  loadPacketFilter(): Promise<KnownFilter | undefined> {
    return this.read<KnownFilter>('packet-filter.json');
  }

  savePacketFilter(known: KnownFilter): Promise<void> {
    return this.write('packet-filter.json', known);
  }

  async keepDefinitions(needed: readonly DefinitionKey[]): Promise<void> {
    const files = new Set(needed.map(({ taskDefinitionArn, digest }) => basename(definitionFile(taskDefinitionArn, digest))));
    for (const name of await readdir(join(this.directory, 'definitions'))) {
      if (name.endsWith('.json') && !files.has(name)) await rm(join(this.directory, 'definitions', name), { force: true });
    }
  }

  private async read<T>(name: string): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(join(this.directory, name), 'utf8')) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.logger.warn({ file: name, err: error }, 'a state file is unreadable and ignored');
      return undefined;
    }
  }

  private async write(name: string, value: unknown): Promise<void> {
    const path = join(this.directory, name);
    const beside = `${path}.${++this.written}${BEGUN}`;
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(value));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await sync(dirname(path));
  }
}

/** A rename is on disk when its directory is. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const taskFile = (taskArn: string) => join('tasks', `${hashId(taskArn)}.json`);
const definitionFile = (taskDefinitionArn: string, digest: string) =>
  join('definitions', `${hashId(taskDefinitionArn, digest)}.json`);
