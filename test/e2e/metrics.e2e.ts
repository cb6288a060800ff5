import { CloudWatchClient, GetMetricStatisticsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

/** CloudWatch with the AWS CLI, on a real container's control group. */
describe('metrics of a service', () => {
  let longshore: Longshore;
  const run = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();
  const cloudwatch = (...args: string[]) => run('cloudwatch', ...args);
  const metric =
    '--namespace AWS/ECS --metric-name CPUUtilization --statistic Average --period 10 ' +
    '--dimensions Name=ClusterName,Value=default Name=ServiceName,Value=burn';
  const stateOf = async (name: string) =>
    (await cloudwatch('describe-alarms', '--alarm-names', name)).MetricAlarms[0].StateValue as string;

  beforeAll(async () => {
    longshore = await startLongshore();
    const { family, containerDefinitions } = oneContainer('burn', 'while :; do :; done', { stopTimeout: 0 });
    const definitions = JSON.stringify(containerDefinitions);
    await run('ecs', 'register-task-definition', '--family', family, '--container-definitions', definitions);
    await run('ecs', 'update-cluster-settings', '--cluster', 'default', '--settings', 'name=containerInsights,value=enabled');
    await run('ecs', 'create-service', '--service-name', 'burn', '--task-definition', 'burn', '--desired-count', '1');
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('raise an alarm, also after kill -9 of the autoscaler, and are read by statistics', async () => {
    const when = '--evaluation-periods 1 --threshold 70 --comparison-operator GreaterThanThreshold';
    await cloudwatch('put-metric-alarm', '--alarm-name', 'high', ...`${metric} ${when}`.split(' '));
    await longshore.kill9('autoscaler');
    await longshore.ready();
    await eventually('the alarm rings', async () => (await stateOf('high')) === 'ALARM', 60_000);
    const { AlarmHistoryItems } = await cloudwatch('describe-alarm-history', '--alarm-name', 'high');
    expect(AlarmHistoryItems[0].HistorySummary).toBe('Alarm updated from INSUFFICIENT_DATA to ALARM');
    const query = {
      Id: 'cpu',
      MetricStat: {
        Metric: {
          Namespace: 'AWS/ECS',
          MetricName: 'CPUUtilization',
          Dimensions: [
            { Name: 'ServiceName', Value: 'burn' },
            { Name: 'ClusterName', Value: 'default' },
          ],
        },
        Period: 10,
        Stat: 'Maximum',
      },
    };
    const iso = (ms: number) => new Date(ms).toISOString();
    const { MetricDataResults } = await cloudwatch(
      'get-metric-data',
      '--metric-data-queries',
      JSON.stringify([query]),
      '--start-time',
      iso(Date.now() - 300_000),
      '--end-time',
      iso(Date.now()),
    );
    expect(Math.max(...MetricDataResults[0].Values)).toBeGreaterThan(70);
  }, 120_000);

  it('are shown by top, with each task of the service', async () => {
    const usage = async () => JSON.parse((await longshore.run('top', '--json')).stdout);
    await eventually(
      'its task has told of its network',
      async () => (await usage()).tasks[0]?.networkTxBytesPerSecond >= 0,
      60_000,
    );
    const { services, tasks } = await usage();
    expect(services).toMatchObject([{ serviceName: 'burn', clusterName: 'default', desiredCount: 1, runningCount: 1 }]);
    expect(services[0].cpuPercent).toBeGreaterThan(70);
    expect(tasks).toMatchObject([{ group: 'service:burn', lastStatus: 'RUNNING', cpuUnits: expect.any(Number) }]);
    const { stdout } = await longshore.run('top', 'default', '--service', 'burn');
    expect(stdout).toMatch(/cluster default: 1 service, 1 task, 1 running\n\nSERVICE .*\nburn +1 +1 +0 +\d/);
    expect(await longshore.run('top', 'none')).toMatchObject({ code: 1, stderr: expect.stringContaining('Cluster not found') });
  }, 120_000);

  it('are Container Insights of the cluster, the service and the family, and what its instances have reserved', async () => {
    const range = () => ['--start-time', new Date(Date.now() - 600_000).toISOString(), '--end-time', new Date().toISOString()];
    const newest = async (namespace: string, name: string, ...dimensions: string[]) => {
      const of = ['--namespace', namespace, '--metric-name', name, '--period', '60', '--statistics', 'Sum', 'SampleCount'];
      const named = [
        '--dimensions',
        ...['ClusterName=default', ...dimensions].map((one) => `Name=${one.replace('=', ',Value=')}`),
      ];
      const { Datapoints } = await cloudwatch('get-metric-statistics', ...of, ...named, ...range());
      return Datapoints.sort((a: any, b: any) => Number(new Date(a.Timestamp)) - Number(new Date(b.Timestamp))).at(-1);
    };
    const insight = (...of: [string, ...string[]]) => newest('ECS/ContainerInsights', ...of);
    await eventually('a minute is known', async () => (await insight('CpuUtilized')) !== undefined, 130_000);
    expect(await insight('TaskCount')).toMatchObject({ Sum: 1, SampleCount: 1, Unit: 'Count' });
    for (const dimensions of [[], ['ServiceName=burn'], ['TaskDefinitionFamily=burn']]) {
      expect((await insight('CpuUtilized', ...dimensions)).Sum).toBeGreaterThan(100);
      expect(await insight('MemoryReserved', ...dimensions)).toMatchObject({ SampleCount: 1, Unit: 'Megabytes' });
      expect(await insight('NetworkRxBytes', ...dimensions)).toMatchObject({ SampleCount: 1, Unit: 'Bytes/Second' });
      expect(await insight('StorageReadBytes', ...dimensions)).toMatchObject({ SampleCount: 1, Unit: 'Bytes/Second' });
    }
    expect(await insight('RunningTaskCount', 'ServiceName=burn')).toMatchObject({ Sum: 1, Unit: 'Count' });
    const reserved = await newest('AWS/ECS', 'MemoryReservation');
    expect(reserved).toMatchObject({ Unit: 'Percent' });
    expect(reserved.Sum / reserved.SampleCount).toBeGreaterThan(0);
    // An autoscaler that has just started hears of every task before it says what a cluster uses.
    const cpu = async () => (await newest('AWS/ECS', 'CPUUtilization'))?.Sum;
    await eventually('what the cluster uses is known', async () => (await cpu()) > 1, 60_000);
  }, 180_000);

  it('are scraped at the gateway, with what each process says of itself', async () => {
    const { accessKeyId, secretAccessKey } = longshore.keys;
    const authorization = `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')}`;
    const scrape = async () => (await fetch(`${longshore.endpoint}/metrics`, { headers: { authorization } })).text();
    const text = await scrape();
    expect(text).toMatch(/^aws_ecs_cpuutilization_max\{.*dimension_ServiceName="burn"\} \d/m);
    const up = [...text.matchAll(/^longshore_process_up\{app="(.*)",replica="1"\} 1$/gm)].map(([, app]) => app);
    expect(up).toEqual([
      'autoscaler',
      'gateway',
      'health-monitor',
      'load-balancer',
      'log-aggregator',
      'network',
      'registry',
      'scheduler',
      'secrets',
      'state-store',
    ]);
    expect(text).toMatch(/^process_resident_memory_bytes\{app="state-store",replica="1"\} \d{8,}/m);
    expect(text).toMatch(/^longshore_leader\{app="state-store",replica="1"\} 1$/m);
  }, 60_000);

  it('outlive the autoscaler, and answer PromQL with the same numbers', async () => {
    const { accessKeyId, secretAccessKey } = longshore.keys;
    const promQl = async (query: string) => {
      const response = await fetch(`${longshore.endpoint}/prometheus/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query }),
        headers: { authorization: `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')}` },
      });
      return ((await response.json()) as { data?: { result: { value: [number, string] }[] } }).data?.result[0]?.value[1];
    };
    const dayMs = 86_400_000;
    const startMs = Math.floor(Date.now() / dayMs) * dayMs;
    const put = (datum: object) =>
      cloudwatch('put-metric-data', '--namespace', 'shop', '--metric-data', JSON.stringify([{ MetricName: 'Orders', ...datum }]));
    const sum = async () => {
      const range = ['--start-time', new Date(startMs).toISOString(), '--end-time', new Date(startMs + dayMs).toISOString()];
      const of = 'get-metric-statistics --namespace shop --metric-name Orders --period 86400 --statistics Sum SampleCount';
      return (await cloudwatch(...of.split(' '), ...range)).Datapoints[0];
    };
    await put({ Values: [1, 2], Counts: [3, 2] });
    const stored = async () => (await promQl('sum_over_time(shop_orders_sum[1h])')) === '7';
    await eventually('the store has it', stored, 60_000);
    // What the store had not on its disk is told again.
    await longshore.kill9('victoria-metrics');
    await eventually('the store has it again', stored, 60_000);
    await longshore.kill9('autoscaler');
    await longshore.ready();
    await put({ Value: 5 });
    await eventually('both are there', async () => (await sum())?.Sum === 12, 60_000);
    expect(await sum()).toMatchObject({ SampleCount: 6 });
  }, 180_000);

  it('lose nothing that was put and acknowledged when the autoscaler is killed', async () => {
    // What is not acknowledged may have been put or not, so it is tried once.
    const settings = { endpoint: longshore.endpoint, region: 'us-east-1', credentials: longshore.keys, maxAttempts: 1 };
    const client = new CloudWatchClient(settings);
    const startMs = Date.now();
    let [acknowledged, unknown, isPutting] = [0, 0, true];
    const putter = async () => {
      const MetricData = [{ MetricName: 'Killed', Value: 3 }];
      while (isPutting) {
        try {
          await client.send(new PutMetricDataCommand({ Namespace: 'shop', MetricData }));
          acknowledged++;
        } catch {
          unknown++;
        }
      }
    };
    const read = async (Period: number) => {
      const range = { StartTime: new Date(startMs - 60_000), EndTime: new Date(Date.now() + 60_000), Period };
      const of = { Namespace: 'shop', MetricName: 'Killed', Statistics: ['SampleCount' as const, 'Sum' as const] };
      const { Datapoints = [] } = await client.send(new GetMetricStatisticsCommand({ ...of, ...range }));
      return Datapoints.reduce((sum, one) => ({ count: sum.count + one.SampleCount!, sum: sum.sum + one.Sum! }), {
        count: 0,
        sum: 0,
      });
    };
    for (const isInTheMiddle of [false, true, false]) {
      isPutting = true;
      const putting = [putter(), putter(), putter()];
      const before = acknowledged;
      await eventually('some are put', async () => acknowledged > before + 300, 60_000);
      isPutting = isInTheMiddle;
      if (!isInTheMiddle) await Promise.all(putting);
      await longshore.kill9('autoscaler');
      await longshore.ready();
      isPutting = false;
      await Promise.all(putting);
      const kept = await read(10);
      if (unknown === 0) expect(kept.count).toBe(acknowledged);
      expect(kept.count).toBeGreaterThanOrEqual(acknowledged);
      expect(kept.count).toBeLessThanOrEqual(acknowledged + unknown);
      expect(kept.sum).toBe(3 * kept.count);
      expect(await read(60)).toEqual(kept);
    }
    client.destroy();
  }, 240_000);

  it('have dashboards, which are given back as they were put', async () => {
    const body = JSON.stringify({ widgets: [{ type: 'text', properties: { markdown: 'größe' } }] });
    await cloudwatch('put-dashboard', '--dashboard-name', 'web', '--dashboard-body', body);
    expect(await cloudwatch('get-dashboard', '--dashboard-name', 'web')).toMatchObject({ DashboardBody: body });
    expect((await cloudwatch('list-dashboards')).DashboardEntries).toMatchObject([{ DashboardName: 'web' }]);
    await cloudwatch('delete-dashboards', '--dashboard-names', 'web');
    await expect(cloudwatch('get-dashboard', '--dashboard-name', 'web')).rejects.toThrow('(ResourceNotFound)');
  }, 60_000);

  it('are put and read back at once; what is wrong is refused in CloudWatch’s words', async () => {
    await cloudwatch('put-metric-data', '--namespace', 'app', '--metric-name', 'Depth', '--value', '3', '--unit', 'Count');
    expect(await cloudwatch('list-metrics', '--namespace', 'app')).toEqual({
      Metrics: [{ Namespace: 'app', MetricName: 'Depth', Dimensions: [] }],
    });
    await expect(
      cloudwatch('set-alarm-state', '--alarm-name', 'x', '--state-value', 'OK', '--state-reason', 'r'),
    ).rejects.toThrow('An error occurred (ResourceNotFound) when calling the SetAlarmState operation: Unknown alarm');
  }, 60_000);
});
