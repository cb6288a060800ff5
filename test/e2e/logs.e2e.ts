import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  type OutputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateServiceCommand, RegisterTaskDefinitionCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type Longshore, REGION, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

const LINES = 1_000_000;

const awslogs = (group: string, more: Record<string, string> = {}) => ({
  logDriver: 'awslogs' as const,
  options: {
    'awslogs-group': group,
    'awslogs-region': REGION,
    'awslogs-stream-prefix': 'ecs',
    'awslogs-create-group': 'true',
    ...more,
  },
});

describe("containers' lines", () => {
  let longshore: Longshore;
  let logs: CloudWatchLogsClient;

  beforeAll(async () => {
    longshore = await startLongshore();
    logs = new CloudWatchLogsClient({
      endpoint: longshore.endpoint,
      region: REGION,
      credentials: longshore.keys,
      maxAttempts: 10,
    });
  }, 120_000);
  afterAll(async () => {
    logs?.destroy();
    await longshore?.purge();
  }, 60_000);

  const streamsOf = async (logGroupName: string): Promise<string[]> => {
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    return logStreams!.map(({ logStreamName }) => logStreamName!);
  };

  it('of a service with awslogs are read by the AWS CLI, in a stream of prefix, container and task', async () => {
    const logConfiguration = awslogs('/ecs/talk', { 'awslogs-multiline-pattern': '^[A-Z]' });
    await longshore.ecs.send(
      new RegisterTaskDefinitionCommand(
        oneContainer('talk', `echo Begin; echo ' and on'; echo End; ${forever}`, { logConfiguration }),
      ),
    );
    await longshore.ecs.send(new CreateServiceCommand({ serviceName: 'talk', taskDefinition: 'talk', desiredCount: 1 }));
    const [stream] = await eventually(
      'the stream is there',
      async () => (await streamsOf('/ecs/talk')).length === 1 && streamsOf('/ecs/talk'),
    );
    expect(stream).toMatch(/^ecs\/main\/[0-9a-f]{32}$/);
    const messages = await eventually('both events are there', async () => {
      const read = ['get-log-events', '--log-group-name', '/ecs/talk', '--log-stream-name', stream!, '--start-from-head'];
      const { events } = (await longshore.aws(read, { service: 'logs' })).json<{ events: OutputLogEvent[] }>();
      return events.length === 2 && events.map(({ message }) => message);
    });
    expect(messages).toEqual(['Begin\n and on\n', 'End\n']);
  });

  it('of a definition that says nothing of logs are in the group of its family', async () => {
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer('quiet', 'echo only this')));
    await longshore.ecs.send(new RunTaskCommand({ taskDefinition: 'quiet' }));
    const events = await eventually('the line is there', async () => {
      const found = await logs.send(new FilterLogEventsCommand({ logGroupName: '/longshore/quiet' }));
      return found.events!.length > 0 && found.events;
    });
    expect(events!.map(({ message }) => message)).toEqual(['only this']);
  });

  it('in blocking mode are each there once, in order, though agent, log aggregator and broker are killed while it prints a million', async () => {
    const script = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i"; done`;
    const logConfiguration = awslogs('/ecs/flood', { mode: 'blocking' });
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer('flood', script, { logConfiguration })));
    await longshore.ecs.send(new RunTaskCommand({ taskDefinition: 'flood' }));
    const [stream] = await eventually(
      'its first lines are there',
      async () => (await streamsOf('/ecs/flood')).length > 0 && streamsOf('/ecs/flood'),
    );
    for (const victim of ['agent', 'log-aggregator', 'nats-server']) {
      await longshore.kill9(victim);
      await longshore.ready();
    }
    let read = 0;
    let nextToken: string | undefined;
    const firstWrong = await eventually(
      'every line is there',
      async () => {
        const page = await logs.send(
          new GetLogEventsCommand({ logGroupName: '/ecs/flood', logStreamName: stream!, startFromHead: true, nextToken }),
        );
        nextToken = page.nextForwardToken;
        const wrong = page.events!.findIndex(({ message }, index) => message !== `line ${read + index + 1}`);
        if (wrong >= 0) return { at: read + wrong + 1, message: page.events![wrong]!.message };
        read += page.events!.length;
        return read >= LINES && { at: 'none' as const };
      },
      180_000,
    );
    expect({ read, firstWrong }).toEqual({ read: LINES, firstWrong: { at: 'none' } });
  }, 300_000);
});
