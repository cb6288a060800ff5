import { CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestLoad } from '../support/haproxy.js';
import { eventually, type Longshore, REGION, startLongshoreWith } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

/** Each request costs processor time. */
const BURNING = `trap 'exit 0' TERM
mkdir -p /w/cgi-bin
printf '#!/bin/sh\\necho; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; echo done\\n' > /w/cgi-bin/burn
chmod +x /w/cgi-bin/burn; echo idle > /w/index.html
httpd -f -p 80 -h /w & wait`;
const BUCKET_MS = 10_000;

/**
 * A service whose tasks need processor time for each request, behind a load balancer, with the AWS CLI (which speaks Query to CloudWatch) and the
 * SDK (JSON, CBOR). Its metrics have a disk of their own: what VictoriaMetrics leaves free, and 64 MB.
 */
describe('a service under load', () => {
  const data = mkdtempSync(join(tmpdir(), 'longshore-e2e-'));
  const disk = join(data, 'metrics');
  const filler = join(disk, 'filler');
  let longshore: Longshore;
  let host: string;
  let fullSinceMs: number;
  const cli = async (service: string, ...args: string[]) => {
    const answer = await longshore.aws(args, { service });
    // Some operations say nothing when they are done.
    return answer.code === 0 && answer.stdout.trim() === '' ? {} : answer.json<any>();
  };
  const words = (service: string, text: string) => cli(service, ...text.split(' '));
  const TARGET = '--service-namespace ecs --resource-id service/default/web --scalable-dimension ecs:service:DesiredCount';
  const scaling = (operation: string, ...args: string[]) =>
    cli('application-autoscaling', operation, ...TARGET.split(' '), ...args);
  const web = async () => (await words('ecs', 'describe-services --services web')).services[0];
  const runs = (count: number) =>
    eventually(
      `${count} tasks run`,
      async () => (await web()).runningCount === count && (await web()).desiredCount === count,
      90_000,
    );
  const causes = async () =>
    (await scaling('describe-scaling-activities')).ScalingActivities.map(({ Cause }: { Cause: string }) => Cause) as string[];

  beforeAll(async () => {
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=320m', 'tmpfs', disk]);
    longshore = await startLongshoreWith({ LONGSHORE_DATA: data });
    const { containerDefinitions } = oneContainer('web', BURNING, { cpu: 64, memory: 32, portMappings: [{ containerPort: 80 }] });
    await cli(
      'ecs',
      'register-task-definition',
      '--family',
      'web',
      '--container-definitions',
      JSON.stringify(containerDefinitions),
    );
    const [balancer] = (await words('elbv2', 'create-load-balancer --name web --subnets subnet-1 subnet-2')).LoadBalancers;
    const [group] = (await words('elbv2', 'create-target-group --name web --vpc-id vpc-1 --protocol HTTP --port 80'))
      .TargetGroups;
    const attributes = 'Key=longshore.health_check.interval_ms,Value=200 Key=deregistration_delay.timeout_seconds,Value=5';
    await words('elbv2', `modify-target-group-attributes --target-group-arn ${group.TargetGroupArn} --attributes ${attributes}`);
    const listen = `create-listener --load-balancer-arn ${balancer.LoadBalancerArn} --protocol HTTP --port 80`;
    await words('elbv2', `${listen} --default-actions Type=forward,TargetGroupArn=${group.TargetGroupArn}`);
    const behind = `--load-balancers targetGroupArn=${group.TargetGroupArn},containerName=main,containerPort=80`;
    await words('ecs', `create-service --service-name web --task-definition web --desired-count 1 ${behind}`);
    const { loadBalancers } = JSON.parse((await longshore.run('status', '--json')).stdout);
    host = loadBalancers[0].addresses.own;
    await runs(1);
  }, 240_000);
  afterAll(async () => {
    // What still writes there goes on writing to what nobody sees any more.
    execFileSync('umount', ['--lazy', disk]);
    await longshore?.purge();
    rmSync(data, { recursive: true, force: true });
  }, 60_000);

  it('scales out under it, while the disk of its metrics is full, and back in after it; activities and alarms say why', async () => {
    await scaling('register-scalable-target', '--min-capacity', '1', '--max-capacity', '3');
    const tracking = {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      DisableScaleIn: true,
      ScaleOutCooldown: 5,
    };
    const policy = (name: string, type: string, configuration: object) =>
      scaling(
        'put-scaling-policy',
        '--policy-name',
        name,
        '--policy-type',
        type,
        type === 'StepScaling' ? '--step-scaling-policy-configuration' : '--target-tracking-scaling-policy-configuration',
        JSON.stringify(configuration),
      );
    await policy('busy', 'TargetTrackingScaling', tracking);
    fullSinceMs = Date.now();
    fill();
    await eventually('the store takes nothing', isAway, 60_000);
    const load = new TestLoad({ host, port: 80, path: '/cgi-bin/burn', timeout: 20_000 }, 4);
    await runs(3);
    await load.stop();
    expect(await causes()).toEqual([
      expect.stringMatching(
        /^monitor alarm TargetTracking-service\/default\/web-AlarmHigh-\S+ in state ALARM triggered policy busy$/,
      ),
    ]);
    const { events } = await web();
    expect(events.map(({ message }: { message: string }) => message)).toContainEqual(
      expect.stringMatching(
        /desired count set from 1 to 3 by the autoscaler: .*CPUUtilization is [\d.]+ \(Average of 10 s\), > 50, with 1 running tasks/,
      ),
    );
    const idle = {
      AdjustmentType: 'ExactCapacity',
      Cooldown: 0,
      StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: 2 }],
    };
    const { PolicyARN } = await policy('idle', 'StepScaling', idle);
    const low = {
      AlarmName: 'idle',
      Namespace: 'AWS/ECS',
      MetricName: 'CPUUtilization',
      Dimensions: CPU.Dimensions,
      Statistic: 'Average',
      Period: 10,
      EvaluationPeriods: 1,
      Threshold: 20,
      ComparisonOperator: 'LessThanThreshold',
      AlarmActions: [PolicyARN],
    };
    await cli('cloudwatch', 'put-metric-alarm', '--cli-input-json', JSON.stringify(low));
    await runs(2);
    expect((await causes())[0]).toBe('monitor alarm idle in state ALARM triggered policy idle');
    const { AlarmHistoryItems } = await words('cloudwatch', 'describe-alarm-history --alarm-name idle');
    // In between it may have seen the end of the load.
    expect(AlarmHistoryItems[0].HistorySummary).toMatch(/^Alarm updated from (INSUFFICIENT_DATA|OK) to ALARM$/);
  }, 240_000);

  it('is scaled by a schedule', async () => {
    await cli('cloudwatch', 'delete-alarms', '--alarm-names', 'idle');
    const at = new Date(Date.now() + 15_000).toISOString().slice(0, 19);
    const action = ['--scheduled-action-name', 'evening', '--schedule', `at(${at})`];
    await scaling('put-scheduled-action', ...action, '--scalable-target-action', 'MinCapacity=1,MaxCapacity=1');
    await runs(1);
    expect((await causes())[0]).toMatch(/^maximum capacity was set to 1$|scheduled action/);
  }, 120_000);

  it('loses no metric of that time: the SDK by JSON and by CBOR, the CLI by Query and PromQL say the same of each bucket', async () => {
    const clients = [{}, { protocol: SmithyRpcV2CborProtocol }].map(
      (protocol) =>
        new CloudWatchClient({ endpoint: longshore.endpoint, region: REGION, credentials: longshore.keys, ...protocol }),
    );
    rmSync(filler, { force: true });
    await eventually('the store takes them again', async () => !(await isAway()), 60_000);
    // Up to the bucket before the last that has ended: nothing is added to it any more.
    const [startMs, endMs] = [fullSinceMs, Date.now() - BUCKET_MS].map((ms) => Math.floor(ms / BUCKET_MS) * BUCKET_MS) as [
      number,
      number,
    ];
    const span = { StartTime: new Date(startMs), EndTime: new Date(endMs) };
    const bySdk = async (client: CloudWatchClient) => {
      const MetricStat = { Metric: CPU, Period: 10, Stat: 'Average' };
      const { MetricDataResults } = await client.send(
        new GetMetricDataCommand({ ...span, ScanBy: 'TimestampAscending', MetricDataQueries: [{ Id: 'cpu', MetricStat }] }),
      );
      const [{ Timestamps, Values }] = MetricDataResults! as [{ Timestamps: Date[]; Values: number[] }];
      return Object.fromEntries(Timestamps.map((at, n) => [at.getTime(), Values[n]]));
    };
    const byCli = async () => {
      const range = ['--start-time', span.StartTime.toISOString(), '--end-time', span.EndTime.toISOString()];
      const of = ['--namespace', CPU.Namespace, '--metric-name', CPU.MetricName, '--period', '10', '--statistics', 'Average'];
      const dimensions = CPU.Dimensions.map(({ Name, Value }) => `Name=${Name},Value=${Value}`);
      const { Datapoints } = await cli('cloudwatch', 'get-metric-statistics', ...of, '--dimensions', ...dimensions, ...range);
      return Object.fromEntries(Datapoints.map(({ Timestamp, Average }: any) => [timeOf(Timestamp), Average]));
    };
    const byPromQl = async () => {
      const sum = (part: string) => `sum_over_time(aws_ecs_cpuutilization_${part}{dimension_ServiceName="web"}[10s])`;
      const query = `${sum('sum')} / ${sum('count')}`;
      // A window ends in its last millisecond.
      const [start, end] = [startMs, endMs - BUCKET_MS].map((ms) => String((ms + BUCKET_MS - 1) / 1_000)) as [string, string];
      const { accessKeyId, secretAccessKey } = longshore.keys;
      const response = await fetch(`${longshore.endpoint}/prometheus/api/v1/query_range`, {
        method: 'POST',
        body: new URLSearchParams({ query, start, end, step: '10' }),
        headers: { authorization: `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')}` },
      });
      const { data: found } = (await response.json()) as { data?: { result: { values: [number, string][] }[] } };
      const values = found?.result[0]?.values ?? [];
      return Object.fromEntries(values.map(([at, value]) => [Math.round(at * 1_000) + 1 - BUCKET_MS, Number(value)]));
    };
    const expected = await eventually(
      'the last bucket',
      async () => {
        const found = await bySdk(clients[0]!);
        return endMs - BUCKET_MS in found && found;
      },
      60_000,
    );
    // A report may come a moment after its bucket.
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual((endMs - startMs) / BUCKET_MS - 1);
    expect(await bySdk(clients[1]!)).toEqual(expected);
    expect(await byCli()).toEqual(expected);
    const rounded = (values: Record<string, number>) =>
      Object.fromEntries(Object.entries(values).map(([at, value]) => [at, value.toPrecision(9)]));
    await eventually(
      'PromQL says the same',
      async () => JSON.stringify(rounded(await byPromQl())) === JSON.stringify(rounded(expected as Record<string, number>)),
      60_000,
    );
    for (const [n, client] of clients.entries())
      await client.send(new PutMetricDataCommand({ Namespace: 'app', MetricData: [{ MetricName: 'Put', Value: n + 1 }] }));
    const now = [
      '--start-time',
      new Date(Date.now() - 600_000).toISOString(),
      '--end-time',
      new Date(Date.now() + 60_000).toISOString(),
    ];
    const put = 'get-metric-statistics --namespace app --metric-name Put --period 3600 --statistics Sum SampleCount';
    expect((await cli('cloudwatch', ...put.split(' '), ...now)).Datapoints).toMatchObject([{ Sum: 3, SampleCount: 2 }]);
    for (const client of clients) client.destroy();
  }, 180_000);

  /** Whether nothing can be written to the store of metrics now. */
  async function isAway(): Promise<boolean> {
    return (await longshore.run('status')).stdout.includes('Metrics are kept in memory only');
  }

  /** To the last byte. */
  function fill(): void {
    const descriptor = openSync(filler, 'a');
    try {
      for (const size of [1 << 20, 4_096, 1])
        try {
          for (;;) writeSync(descriptor, Buffer.alloc(size));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
    } finally {
      closeSync(descriptor);
    }
  }
});

/** As the CLI of this machine shows it: as it came, in seconds, or as text. */
const timeOf = (shown: number | string): number => (typeof shown === 'number' ? shown * 1_000 : Date.parse(shown));

const CPU = {
  Namespace: 'AWS/ECS',
  MetricName: 'CPUUtilization',
  Dimensions: [
    { Name: 'ClusterName', Value: 'default' },
    { Name: 'ServiceName', Value: 'web' },
  ],
};
