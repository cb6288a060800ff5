import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, execute, type Longshore, REGION, startLongshoreWith } from '../support/longshore.js';

/** A disk of its own: a tmpfs, which answers ENOSPC as every other file system does. */
describe('a disk that is full for a while', () => {
  const mount = mkdtempSync(join(tmpdir(), 'longshore-disk-'));
  const filler = join(mount, 'filler');
  let longshore: Longshore;

  const succeed = async (command: string, ...args: string[]) => {
    const { code, stderr } = await execute(command, args);
    if (code !== 0) throw new Error(`${command}: ${stderr}`);
  };
  const register = (family: string) =>
    longshore.client({ maxAttempts: 1 }).send(
      new RegisterTaskDefinitionCommand({
        family,
        containerDefinitions: [{ name: 'main', image: 'longshore/sample', memory: 16, command: ['sleep', '1000'] }],
      }),
    );
  const stream = { logGroupName: 'full', logStreamName: 's' };
  const put = (logs: CloudWatchLogsClient, message: string) =>
    logs.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message }] }));
  /** Everything that is free, to the last byte. */
  const fill = () => {
    const descriptor = openSync(filler, 'a');
    try {
      for (const size of [1 << 20, 4096, 1]) writeUntilFull(descriptor, Buffer.alloc(size));
    } finally {
      closeSync(descriptor);
    }
  };

  beforeAll(async () => {
    await succeed('mount', '-t', 'tmpfs', '-o', 'size=384m', 'tmpfs', mount);
    longshore = await startLongshoreWith({ LONGSHORE_DATA: join(mount, 'data') }, '--simulate', '3');
  }, 120_000);
  afterAll(async () => {
    rmSync(filler, { force: true });
    await longshore?.purge();
    await succeed('umount', mount);
    rmSync(mount, { recursive: true, force: true });
  }, 60_000);

  it('ends no process, refuses what needs space so that clients try again, and everything comes back with the space', async () => {
    await register('before');
    const logs = new CloudWatchLogsClient({
      endpoint: longshore.endpoint,
      region: REGION,
      credentials: longshore.keys,
      maxAttempts: 1,
    });
    await logs.send(new CreateLogGroupCommand({ logGroupName: 'full' }));
    await logs.send(new CreateLogStreamCommand(stream));
    await put(logs, 'before');
    const before = await longshore.status();
    fill();
    await eventually('lines are refused so that clients send them again', () =>
      put(logs, 'full').then(
        () => undefined,
        ({ $metadata }: { $metadata: { httpStatusCode?: number } }) => $metadata.httpStatusCode === 503,
      ),
    );

    // What is acknowledged meanwhile has to be true afterwards; the first refusal has to be one that SDKs try again.
    const acknowledged = ['before'];
    const refusal = await eventually('a refusal for want of space', async () => {
      fill();
      const family = `full-${acknowledged.length}`;
      try {
        await register(family);
        acknowledged.push(family);
        return undefined;
      } catch (error) {
        return error as { readonly $metadata: { readonly httpStatusCode?: number } };
      }
    });
    expect(refusal.$metadata.httpStatusCode).toBeGreaterThanOrEqual(500);
    expect((await longshore.run('status')).stdout).toContain('The disk is full');
    await expect(
      longshore.client({ maxAttempts: 1 }).send(new RunTaskCommand({ taskDefinition: 'before', count: 1 })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });

    rmSync(filler);
    await eventually('a change is taken again', () => register('after').then(() => true), 60_000);
    await longshore.ready();
    await eventually('lines are taken again', () => put(logs, 'after').then(() => true));
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'full', filterPattern: '?before ?after' }));
    expect(events!.map(({ message }) => message)).toEqual(['before', 'after']);
    logs.destroy();
    const { tasks } = await longshore.ecs.send(new RunTaskCommand({ taskDefinition: 'after', count: 3 }));
    expect(tasks).toHaveLength(3);
    await eventually('the tasks run', async () => {
      const described = await longshore.ecs.send(new DescribeTasksCommand({ tasks: tasks!.map(({ taskArn }) => taskArn!) }));
      return described.tasks!.every(({ lastStatus }) => lastStatus === 'RUNNING');
    });
    for (const family of acknowledged) {
      const { taskDefinition } = await longshore.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
      expect(taskDefinition).toMatchObject({ family, revision: 1 });
    }
    const after = await longshore.status();
    expect(after.supervisor).toBe(before.supervisor);
    // The broker's JetStream needs a new start after a full disk, and the store of metrics may end on one; nobody else does.
    const mayCrash = ['nats-server', 'victoria-metrics'];
    expect(after.processes!.filter(({ name, crashes }) => !mayCrash.includes(name) && crashes > 0)).toEqual([]);
  }, 180_000);
});

function writeUntilFull(descriptor: number, piece: Buffer): void {
  try {
    for (;;) writeSync(descriptor, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
