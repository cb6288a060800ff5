import { CloudWatchLogsClient, StartLiveTailCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { eventually, launcher, type Longshore, REGION, startLongshore } from '../support/longshore.js';

/** CloudWatch Logs' API with the AWS CLI, on the real log aggregator and its files. */
describe('lines of a log group', () => {
  let longshore: Longshore;
  const logs = async (...args: string[]) => (await longshore.aws(args, { service: 'logs' })).json<any>();
  const of = ['--log-group-name', '/ecs/web'];
  const put = (stream: string, ...messages: string[]) => {
    const events = messages.map((message, index) => ({ timestamp: Date.now() - 1_000 + index, message }));
    return logs('put-log-events', ...of, '--log-stream-name', stream, '--log-events', JSON.stringify(events));
  };
  const messages = (answer: any): string[] => answer.events.map(({ message }: any) => message);
  const find = async (pattern: string) => messages(await logs('filter-log-events', ...of, '--filter-pattern', pattern));

  beforeAll(async () => {
    longshore = await startLongshore('--simulate', '1');
    await logs('create-log-group', ...of);
    for (const stream of ['web/1', 'web/2']) await logs('create-log-stream', ...of, '--log-stream-name', stream);
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('are found by stream and by pattern, and are there after kill -9', async () => {
    await put('web/1', 'started', '{"level":"error","ms":120}', 'ERROR 500 of "web"');
    await put('web/2', 'ERROR 404');
    expect(messages(await logs('get-log-events', ...of, '--log-stream-name', 'web/1'))[0]).toBe('started');
    expect(new Set(await find('ERROR'))).toEqual(new Set(['ERROR 500 of "web"', 'ERROR 404']));
    await longshore.kill9('log-aggregator');
    await longshore.ready();
    expect(await find('{ $.ms > 100 && $.level = "error" }')).toEqual(['{"level":"error","ms":120}']);
    const { logStreams } = await logs('describe-log-streams', ...of);
    expect(logStreams.map(({ logStreamName }: any) => logStreamName)).toEqual(['web/1', 'web/2']);
    expect(logStreams[0].lastEventTimestamp).toBeGreaterThan(0);
  }, 120_000);

  it('are followed by aws logs tail', async () => {
    // The AWS CLI 1 has no such command: Debian's is the second.
    const own = { LONGSHORE_DATA: longshore.data, PYTHONUNBUFFERED: '1', NODE_OPTIONS: '', PATH: `/usr/bin:${process.env.PATH}` };
    const tail = spawn(process.execPath, [launcher, 'aws', 'logs', 'tail', '/ecs/web', '--follow', '--since', '5m'], {
      env: { ...process.env, ...own },
      stdio: ['ignore', 'pipe', 'inherit'],
      // Ctrl-C reaches the CLI, too.
      detached: true,
    });
    let text = '';
    tail.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
    await eventually('the past is told', async () => text.includes('web/2 ERROR 404'));
    await put('web/1', 'while somebody looks on');
    await eventually('what comes is told', async () => text.includes('web/1 while somebody looks on'));
    process.kill(-tail.pid!, 'SIGINT');
    await once(tail, 'exit');
  }, 60_000);

  it('are asked by Logs Insights, searched, and counted by a metric filter', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const span = ['--start-time', String(now - 3_600), '--end-time', String(now + 60)];
    const query = 'filter @message like /ERROR/ | stats count(*) as n by @logStream | sort @logStream';
    const { queryId } = await logs('start-query', ...of, ...span, '--query-string', query);
    const ended = await eventually('the query is over', async () => {
      const answer = await logs('get-query-results', '--query-id', queryId);
      return answer.status === 'Complete' ? answer : undefined;
    });
    const rows = ended.results.map((fields: any) => fields.map(({ value }: any) => value));
    expect(rows.sort()).toEqual([
      ['web/1', '1'],
      ['web/2', '1'],
    ]);
    await expect(logs('start-query', ...of, ...span, '--query-string', 'stats x')).rejects.toThrow('(MalformedQueryException)');
    const { code, stdout } = await longshore.run('logs', '--group', '/ecs/web', '-q', 'level:error AND ms:>100', '--json');
    expect([code, JSON.parse(stdout).message]).toEqual([0, '{"level":"error","ms":120}']);
    const tried = ['--filter-pattern', '{ $.ms > 100 }', '--log-event-messages', '{"ms":120}', '{"ms":1}'];
    expect((await logs('test-metric-filter', ...tried)).matches).toMatchObject([{ eventNumber: 1 }]);
  }, 60_000);

  it('are told as they come by a live tail, whose session ends with its gateway', async () => {
    const client = new CloudWatchLogsClient({
      endpoint: longshore.endpoint,
      region: REGION,
      credentials: longshore.keys,
      disableHostPrefix: true,
      maxAttempts: 10,
    });
    const logGroupIdentifiers = [`arn:aws:logs:${REGION}:000000000000:log-group:/ecs/web`];
    const { responseStream } = await client.send(
      new StartLiveTailCommand({ logGroupIdentifiers, logEventFilterPattern: 'live' }),
    );
    const events = responseStream![Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ sessionStart: { logGroupIdentifiers } });
    await put('web/2', 'quiet', 'a live one');
    let results: any[] = [];
    while (results.length === 0) results = (await events.next()).value.sessionUpdate.sessionResults;
    expect(results).toMatchObject([{ logStreamName: 'web/2', message: 'a live one' }]);
    const end = (async () => {
      for (;;) await events.next();
    })();
    await Promise.all([expect(end).rejects.toThrow(), longshore.kill9('gateway')]);
    client.destroy();
    await longshore.ready();
  }, 60_000);

  it('are posted to the server of a subscription filter', async () => {
    const received: any[] = [];
    const server = createServer((incoming, outgoing) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        const { data } = JSON.parse(Buffer.concat(parts).toString()).awslogs;
        received.push(JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString()));
        outgoing.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // The AWS CLI 1 reads the page of a parameter that is a URL.
    const destination = `arn:aws:longshore:::http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
    await logs(
      'put-subscription-filter',
      ...of,
      '--filter-name',
      'f',
      '--filter-pattern',
      'sold',
      '--destination-arn',
      destination,
    );
    await put('web/2', 'kept', 'sold 1');
    const [first] = await eventually('the line is there', async () => received.length > 0 && received);
    expect(first).toMatchObject({ messageType: 'DATA_MESSAGE', logGroup: '/ecs/web', logStream: 'web/2' });
    expect(first.logEvents).toEqual([{ id: expect.any(String), timestamp: expect.any(Number), message: 'sold 1' }]);
    server.close();
    await logs('delete-subscription-filter', ...of, '--filter-name', 'f');
    expect(await logs('describe-subscription-filters', ...of)).toEqual({ subscriptionFilters: [] });
  }, 60_000);

  it('are refused in AWS’s words', async () => {
    await expect(logs('create-log-group', ...of)).rejects.toThrow(
      'An error occurred (ResourceAlreadyExistsException) when calling the CreateLogGroup operation: The specified log group already exists',
    );
    await expect(find('a.b')).rejects.toThrow(
      "(InvalidParameterException) when calling the FilterLogEvents operation: Invalid character(s) in term 'a.b'",
    );
  }, 60_000);

  it('are gone with their group, from the disk too', async () => {
    await logs('delete-log-group', ...of);
    expect(await logs('describe-log-groups')).toEqual({ logGroups: [] });
    await eventually(
      'no day has a file',
      async () => !readdirSync(join(longshore.data, 'lines')).some((name) => name.startsWith('p')),
      30_000,
    );
  }, 60_000);
});
