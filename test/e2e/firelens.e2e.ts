import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { RegisterTaskDefinitionCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ForwardedRecord, startForwardRouter } from '../support/forward-router.js';
import { eventually, type Longshore, REGION, startLongshoreWith } from '../support/longshore.js';
import { forever, IMAGE } from './task-definitions.js';

/** The router's container listens on TCP and prints what it hears; its socket, which is the host's too, is listened on by the test in its place. */
describe('a task with a log router', () => {
  let longshore: Longshore;
  let logs: CloudWatchLogsClient;
  let stopRouter = () => {};
  const to = { logGroupName: '/routed', logStreamName: 'web' };

  beforeAll(async () => {
    // The path of a socket has 107 characters at most.
    longshore = await startLongshoreWith({ LONGSHORE_DATA: mkdtempSync(join(tmpdir(), 'ls-')) });
    logs = new CloudWatchLogsClient({ endpoint: longshore.endpoint, region: REGION, credentials: longshore.keys });
    await logs.send(new CreateLogGroupCommand({ logGroupName: to.logGroupName }));
    await logs.send(new CreateLogStreamCommand(to));
  }, 120_000);
  afterAll(async () => {
    stopRouter();
    logs?.destroy();
    await longshore?.purge();
  }, 60_000);

  it('has the others’ lines by the forward protocol, over its socket and its port, and sends them where it is configured to', async () => {
    const common = { image: IMAGE, cpu: 8, memory: 16, stopTimeout: 2 };
    const containerDefinitions = [
      {
        ...common,
        name: 'log_router',
        essential: true,
        firelensConfiguration: { type: 'fluentbit' as const },
        // With an input that stays open: at the end of its own, nc closes its half, and who has not sent anything yet takes that for the end.
        command: ['sh', '-c', `sleep 1000 | nc -l -p 24224 & ${forever}`],
      },
      {
        ...common,
        name: 'web',
        command: [
          'sh',
          '-c',
          `echo by the socket; while ! echo '["own",1,{"log":"by the port"}]' | nc "$FLUENT_HOST" "$FLUENT_PORT"; do :; done; ${forever}`,
        ],
        logConfiguration: {
          logDriver: 'awsfirelens' as const,
          options: {
            Name: 'cloudwatch_logs',
            region: REGION,
            log_group_name: to.logGroupName,
            log_stream_name: to.logStreamName,
          },
        },
      },
    ];
    await longshore.ecs.send(new RegisterTaskDefinitionCommand({ family: 'routed', containerDefinitions }));
    const { tasks } = await longshore.ecs.send(new RunTaskCommand({ taskDefinition: 'routed' }));
    const taskId = tasks![0]!.taskArn!.split('/').at(-1)!;
    const [directory] = await eventually('the task has its files', async () => {
      const found = globSync(join(longshore.data, '**/firelens', taskId, 'socket'));
      return found.length > 0 && found;
    });
    expect(readFileSync(join(directory!, '../config/fluent.conf'), 'utf8')).toContain(`log_group_name ${to.logGroupName}`);
    const heard: ForwardedRecord[] = [];
    stopRouter = await startForwardRouter(join(directory!, 'fluent.sock'), (record) => heard.push(record));
    const [first] = await eventually('the line came', async () => heard.length > 0 && heard);
    expect(first).toMatchObject({ tag: `web-firelens-${taskId}`, record: { log: 'by the socket', source: 'stdout' } });
    const message = JSON.stringify({ ...first!.record, ecs_task_arn: tasks![0]!.taskArn });
    await logs.send(new PutLogEventsCommand({ ...to, logEvents: [{ timestamp: Math.floor(first!.timestampMs), message }] }));
    const { events } = await logs.send(new GetLogEventsCommand(to));
    expect(JSON.parse(events![0]!.message!)).toMatchObject({ log: 'by the socket', container_name: expect.any(String) });
    await eventually('what came by the port is printed by the router', async () => {
      const printed = await logs.send(
        new FilterLogEventsCommand({ logGroupName: '/longshore/routed', filterPattern: '"by the port"' }),
      );
      return printed.events!.length > 0;
    });
  }, 90_000);
});
