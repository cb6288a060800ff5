import {
  CloudWatchLogsClient,
  DescribeQueriesCommand,
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  PutLogEventsCommand,
  StartLiveTailCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateServiceCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { partitionOf } from '#lib/logs';
import { eventually, launcher, type Longshore, REGION, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

const partition = (logGroup: string) => partitionOf({ accountId: '000000000000', region: REGION, logGroup });
/** Of two partitions, so each of two aggregators gets one. */
const FIRST = '/ecs/first';
const SECOND = ['a', 'b', 'c', 'd'].map((name) => `/ecs/second-${name}`).find((name) => partition(name) !== partition(FIRST))!;
const LINES = 20_000;

describe('two log aggregators on one host', () => {
  let longshore: Longshore;
  /** No retries: what is refused is seen. */
  let once1: CloudWatchLogsClient;
  let client: CloudWatchLogsClient;
  const logs = async (...args: string[]) => (await longshore.aws(args, { service: 'logs' })).json<any>();
  const put = (group: string, ...messages: string[]) => {
    const events = messages.map((message, index) => ({ timestamp: Date.now() - 100 + index, message }));
    const of = ['--log-group-name', group, '--log-stream-name', 'by-hand'];
    return logs('put-log-events', ...of, '--log-events', JSON.stringify(events));
  };
  const messages = (answer: any): string[] => answer.events.map(({ message }: any) => message);
  /** By the SDK, page by page: a call of the CLI takes a second or several. */
  const find = async (logGroupName: string, filterPattern: string): Promise<string[]> => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ logGroupName, filterPattern, nextToken }));
      found.push(...page.events!.map(({ message }) => message!));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    return found;
  };

  beforeAll(async () => {
    longshore = await startLongshore('--scale', 'log-aggregator=2');
    const { endpoint, keys: credentials } = longshore;
    const config = { endpoint, region: REGION, credentials, disableHostPrefix: true };
    client = new CloudWatchLogsClient({ ...config, maxAttempts: 10 });
    once1 = new CloudWatchLogsClient({ ...config, maxAttempts: 1 });
    for (const group of [FIRST, SECOND]) {
      await logs('create-log-group', '--log-group-name', group);
      await logs('create-log-stream', '--log-group-name', group, '--log-stream-name', 'by-hand');
      const filter = ['--log-group-name', group, '--filter-name', 'counted', '--filter-pattern', 'counted'];
      const transformation = 'metricName=counted,metricNamespace=Replicas,metricValue=1';
      await logs('put-metric-filter', ...filter, '--metric-transformations', transformation);
    }
  }, 180_000);
  afterAll(async () => {
    once1?.destroy();
    client?.destroy();
    await longshore?.purge();
  }, 60_000);

  it('each have the lines of one of two groups, and are both asked for both', async () => {
    for (const group of [FIRST, SECOND]) await put(group, `counted in ${group}`);
    for (const group of [FIRST, SECOND]) {
      const of = ['--log-group-name', group, '--log-stream-name', 'by-hand', '--start-from-head'];
      expect(messages(await logs('get-log-events', ...of))).toEqual([`counted in ${group}`]);
      const filter = ['--log-group-name', group, '--filter-pattern', 'counted'];
      expect(messages(await logs('filter-log-events', ...filter))).toEqual([`counted in ${group}`]);
      // Any of them is asked each time.
      for (let round = 0; round < 8; round++) expect(await find(group, 'counted')).toEqual([`counted in ${group}`]);
    }
    for (const directory of ['lines', 'lines-2']) expect(existsSync(join(longshore.data, directory, 'tail.sqlite'))).toBe(true);
    const { logGroups } = await logs('describe-log-groups');
    const sizes = logGroups.filter(({ logGroupName: name }: any) => name === FIRST || name === SECOND);
    expect(sizes).toHaveLength(2);
  }, 180_000);

  it('run a query over the groups of both, whoever is asked for its results', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const span = ['--start-time', String(now - 3_600), '--end-time', String(now + 60)];
    const query = ['--query-string', 'filter @message like /counted/ | stats count(*) as n by @log | sort @log asc'];
    const { queryId } = await logs('start-query', '--log-group-names', FIRST, SECOND, ...span, ...query);
    const ended = await eventually('the query is over', async () => {
      const answer = await client.send(new GetQueryResultsCommand({ queryId }));
      return answer.status === 'Complete' && answer;
    });
    const rows = ended!.results!.map((fields) => fields.map(({ value }) => value));
    for (let round = 0; round < 8; round++)
      expect((await client.send(new GetQueryResultsCommand({ queryId }))).results).toEqual(ended!.results);
    expect(rows).toEqual([
      [`000000000000:${FIRST}`, '1'],
      [`000000000000:${SECOND}`, '1'],
    ]);
    for (let round = 0; round < 8; round++)
      expect((await client.send(new DescribeQueriesCommand({}))).queries!.map((one) => one.queryId)).toEqual([queryId]);
    const { code, stdout } = await longshore.run('logs', '--group', FIRST, '--group', SECOND, '-q', 'counted', '--json');
    const lines = stdout.trim().split('\n');
    const found = new Set(lines.map((line) => JSON.parse(line).message as string));
    expect([code, lines.length, found]).toEqual([0, 2, new Set([FIRST, SECOND].map((group) => `counted in ${group}`))]);
  }, 180_000);

  it('tell a live tail, and aws logs tail, what either takes', async () => {
    const logGroupIdentifiers = [FIRST, SECOND].map((group) => `arn:aws:logs:${REGION}:000000000000:log-group:${group}`);
    const { responseStream } = await once1.send(new StartLiveTailCommand({ logGroupIdentifiers, logEventFilterPattern: 'live' }));
    const events = responseStream![Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ sessionStart: { logGroupIdentifiers } });
    const own = { LONGSHORE_DATA: longshore.data, PYTHONUNBUFFERED: '1', NODE_OPTIONS: '', PATH: `/usr/bin:${process.env.PATH}` };
    const tail = spawn(process.execPath, [launcher, 'aws', 'logs', 'tail', SECOND, '--follow', '--since', '5m'], {
      env: { ...process.env, ...own },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let text = '';
    tail.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
    for (const group of [FIRST, SECOND]) await put(group, `live in ${group}`);
    const heard: string[] = [];
    while (heard.length < 2) {
      const { value } = await events.next();
      heard.push(...value.sessionUpdate.sessionResults.map(({ message }: any) => message));
    }
    expect(heard.sort()).toEqual([`live in ${FIRST}`, `live in ${SECOND}`]);
    await eventually('the CLI has it', async () => text.includes(`live in ${SECOND}`));
    process.kill(-tail.pid!, 'SIGINT');
    await once(tail, 'exit');
    await events.return?.(undefined);
  }, 180_000);

  it('lose no line of containers, and refuse for now what a killed one has', async () => {
    for (const [family, group] of [
      ['first', FIRST],
      ['second', SECOND],
    ] as const) {
      const options = { 'awslogs-group': group, 'awslogs-region': REGION, 'awslogs-stream-prefix': 'ecs', mode: 'blocking' };
      const script = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i"; [ $((i%200)) = 0 ] && sleep 0.1; done; ${forever}`;
      const logConfiguration = { logDriver: 'awslogs' as const, options };
      await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer(family, script, { logConfiguration })));
      await longshore.ecs.send(new CreateServiceCommand({ serviceName: family, taskDefinition: family, desiredCount: 1 }));
    }
    for (const group of [FIRST, SECOND])
      await eventually('its first lines are there', async () => (await find(group, '"line 10"')).length > 0);
    const acknowledged: string[] = [];
    const outcomes = new Set<string>();
    const until = { over: false };
    const asking = (async () => {
      for (let n = 0; !until.over; n++) {
        const group = [FIRST, SECOND][n % 2]!;
        const of = { logGroupName: group, logStreamName: 'by-hand' };
        const message = `ack ${n}`;
        const written = await once1
          .send(new PutLogEventsCommand({ ...of, logEvents: [{ timestamp: Date.now(), message }] }))
          .then(
            () => true,
            (error: { $metadata?: { httpStatusCode?: number } }) => void outcomes.add(`${error.$metadata?.httpStatusCode}`),
          );
        if (written) acknowledged.push(`${group} ${message}`);
        const read = await once1
          .send(new FilterLogEventsCommand({ ...of, logStreamNames: undefined, filterPattern: `"${message}"` }))
          .then(
            ({ events }) => events!.length,
            (error: { $metadata?: { httpStatusCode?: number } }) => void outcomes.add(`${error.$metadata?.httpStatusCode}`),
          );
        // What was acknowledged is shown, or nothing is.
        if (written && read !== undefined) expect([message, read]).toEqual([message, 1]);
      }
    })();
    await longshore.kill9('log-aggregator-2');
    await longshore.ready();
    await longshore.kill9('log-aggregator');
    await longshore.ready();
    until.over = true;
    await asking;
    expect([...outcomes].filter((status) => status !== '503')).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(1);

    for (const group of [FIRST, SECOND]) {
      const lines = await eventually(
        `all lines of ${group}`,
        async () => {
          const found = await find(group, '%^line [0-9]+$%');
          return found.length >= LINES && found;
        },
        120_000,
      );
      expect(lines).toEqual(Array.from({ length: LINES }, (_, n) => `line ${n + 1}`));
      const kept = new Set(await find(group, 'ack'));
      expect(acknowledged.filter((line) => line.startsWith(`${group} `) && !kept.has(line.slice(group.length + 1)))).toEqual([]);
    }
  }, 400_000);

  it('count each line once in a metric', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const data = await eventually('the metric is there', async () => {
      const of = ['--namespace', 'Replicas', '--metric-name', 'counted', '--period', '3600', '--statistics', 'Sum'];
      const span = ['--start-time', String(now - 3_600), '--end-time', String(now + 120)];
      const answer = await longshore.aws(['get-metric-statistics', ...of, ...span], { service: 'cloudwatch' });
      const { Datapoints: points } = answer.json<{ Datapoints: { Sum: number }[] }>();
      return points.length > 0 && points;
    });
    expect(data!.reduce((sum, { Sum }) => sum + Sum, 0)).toBe(2);
  }, 180_000);

  it('are all served by the first when there is only one, and by both again', async () => {
    for (const count of [1, 2]) {
      const { code } = await longshore.run('up', '--scale', `log-aggregator=${count}`);
      expect(code).toBe(0);
      const { processes } = await longshore.status();
      expect(processes!.filter(({ app, ready }) => app === 'log-aggregator' && ready)).toHaveLength(count);
      for (const group of [FIRST, SECOND]) expect(await find(group, '"line 10"')).toEqual(['line 10']);
      await put(SECOND, `with ${count}`);
    }
    expect(await find(SECOND, 'with')).toEqual(['with 1', 'with 2']);
  }, 300_000);
});
