import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '#lib/platform';
import { FileAgentDisk } from './file-agent-disk.js';

describe("an agent's disk", () => {
  const identity = { containerInstanceArn: 'arn:aws:ecs:us-east-1:000000000000:container-instance/default/1' } as any;
  const definition = { taskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/web:1', digest: '1' } as any;
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'agent-disk-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const files = () => (readdirSync(directory, { recursive: true }) as string[]).filter((name) => /\.[a-z]+$/.test(name));

  it('has what was saved, and nothing of what a killed agent had begun to write', async () => {
    const killed = await FileAgentDisk.open(directory, silentLogger);
    await killed.saveIdentity(identity);
    await killed.saveDefinition(definition);
    const saved = files();
    // As after a kill between the file and its name.
    for (const name of saved) await rename(join(directory, name), join(directory, `${name}.1.new`));
    await killed.saveIdentity(identity);
    await killed.saveDefinition(definition);
    expect(files()).toHaveLength(4);

    const next = await FileAgentDisk.open(directory, silentLogger);
    expect(files().toSorted()).toEqual(saved.toSorted());
    expect(await next.loadIdentity()).toEqual(identity);
    expect(await next.loadDefinition(definition.taskDefinitionArn, '1')).toEqual(definition);
  });
});
