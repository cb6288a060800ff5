/**
 * Metrics of a whole installation: what the idle autoscaler and its store hold in memory, how long GetMetricData takes, and how long after the first
 * request of a load more tasks run, on containers of Docker Engine.
 */
import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KnownLoadBalancer } from '../../apps/launcher/src/commands/load-balancers.js';
import { askApi, type ApiCall } from '../../apps/launcher/src/api/api-client.js';
import { report } from './figures.js';
import { withInstallation } from './installation.js';
import { proportionalMiB, residentMiB } from './process-figures.js';
import { until } from './until.js';

type Client = Pick<ApiCall, 'endpoint' | 'credentials' | 'region'>;

const SETTLE_MS = 20_000;
const METRICS = 100;
const MINUTE_MS = 60_000;
const SPAN_MINUTES = 180;
const QUERIES = 40;
/** Of a process that has just started, which compiles what it runs often only then. */
const FIRST_QUERIES = 20;
const STEPS = Number(process.env.LONGSHORE_BENCH_STEPS ?? 3);
const REQUESTS_A_SECOND = 40;

await withInstallation([], {}, async ({ endpoint, credentials, processes }) => {
  const client = { endpoint, credentials, region: 'us-east-1' };
  const pids = (await processes()).filter(({ name }) => name === 'autoscaler' || name === 'victoria-metrics');
  await sleep(SETTLE_MS);
  const [memory, resident]: [number[], number[]] = [[], []];
  for (let round = 0; round < 10; round++) {
    memory.push(pids.reduce((sum, { pid }) => sum + proportionalMiB(pid), 0));
    resident.push(pids.reduce((sum, { pid }) => sum + residentMiB(pid), 0));
    await sleep(500);
  }

  const cloudWatch = new CloudWatchClient(client);
  const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  for (let n = 0; n < METRICS; n++)
    await cloudWatch.send(
      new PutMetricDataCommand({
        Namespace: 'bench',
        MetricData: Array.from({ length: SPAN_MINUTES }, (_, minute) => ({
          MetricName: `m${n}`,
          Timestamp: new Date(endMs - (minute + 1) * MINUTE_MS),
          Value: (n * 31 + minute * 7) % 100,
        })),
      }),
    );
  const asked = new GetMetricDataCommand({
    StartTime: new Date(endMs - SPAN_MINUTES * MINUTE_MS),
    EndTime: new Date(endMs),
    MetricDataQueries: Array.from({ length: METRICS }, (_, n) => ({
      Id: `q${n}`,
      MetricStat: { Metric: { Namespace: 'bench', MetricName: `m${n}` }, Period: 60, Stat: 'Average' },
    })),
  });
  const queries: number[] = [];
  for (let round = -FIRST_QUERIES; round < QUERIES; round++) {
    const beganMs = performance.now();
    const { MetricDataResults } = await cloudWatch.send(asked);
    if (round >= 0) queries.push(performance.now() - beganMs);
    const points = MetricDataResults!.reduce((sum, { Values }) => sum + Values!.length, 0);
    if (points !== METRICS * SPAN_MINUTES) throw new Error(`${points} points were answered`);
  }
  cloudWatch.destroy();

  const steps = await loadSteps(client);
  report('metrics of an installation', [
    {
      what: 'autoscaler and VictoriaMetrics, idle, shared pages in parts',
      unit: 'MiB',
      rounds: memory,
      target: { atMost: 150e6 / 2 ** 20 },
    },
    { what: 'the same, resident: what all apps share counts in full', unit: 'MiB', rounds: resident },
    { what: `GetMetricData, ${METRICS} metrics, 3 h by the minute`, unit: 'ms', rounds: queries, target: { atMost: 60 } },
    { what: 'first request of a load → more tasks RUNNING', unit: 's', rounds: steps, target: { atMost: 30 } },
  ]);
});

/** A service behind a load balancer that tracks its requests per target; from nobody's requests to so many a second, again and again. */
async function loadSteps(client: Client): Promise<number[]> {
  const [ecs, elb, scaling] = [
    new ECSClient(client),
    new ElasticLoadBalancingV2Client(client),
    new ApplicationAutoScalingClient(client),
  ];
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1' }),
  );
  const { TargetGroupArn } = TargetGroups![0]!;
  const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'web' }));
  const { LoadBalancerArn } = LoadBalancers![0]!;
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  const containerDefinitions = [
    { name: 'web', image: 'longshore/hello', memory: 32, stopTimeout: 0, portMappings: [{ containerPort: 80 }] },
  ];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions }));
  await ecs.send(
    new CreateServiceCommand({
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 1,
      loadBalancers: [{ targetGroupArn: TargetGroupArn, containerName: 'web', containerPort: 80 }],
    }),
  );
  const running = async () => (await ecs.send(new DescribeServicesCommand({ services: ['web'] }))).services![0]!.runningCount!;
  const target = {
    ServiceNamespace: 'ecs',
    ResourceId: 'service/default/web',
    ScalableDimension: 'ecs:service:DesiredCount',
  } as const;
  const url = `http://${await addressOf(client)}/`;
  const steps: number[] = [];
  for (let round = 0; round < STEPS; round++) {
    await until('one task runs', 250, async () => (await running()) === 1);
    await until('it answers', 250, async () => (await fetch(url).catch(() => undefined))?.ok === true);
    await scaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 3 }));
    await scaling.send(
      new PutScalingPolicyCommand({
        ...target,
        PolicyName: 'requests',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 300,
          PredefinedMetricSpecification: {
            PredefinedMetricType: 'ALBRequestCountPerTarget',
            ResourceLabel: `${LoadBalancerArn!.replace(/^.*loadbalancer\//, '')}/${TargetGroupArn!.replace(/^.*:/, '')}`,
          },
        },
      }),
    );
    // Anywhere within the ten seconds of a bucket.
    await sleep(20_000 + Math.random() * 10_000);
    const load = new AbortController();
    const beganMs = performance.now();
    const asking = (async () => {
      for (; !load.signal.aborted; await sleep(1_000 / REQUESTS_A_SECOND)) await fetch(url).then((answer) => answer.text());
    })();
    await until('more tasks run', 200, async () => (await running()) > 1);
    steps.push((performance.now() - beganMs) / 1_000);
    load.abort();
    await asking;
    await scaling.send(new DeregisterScalableTargetCommand(target));
    await ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 1 }));
  }
  for (const one of [ecs, elb, scaling]) one.destroy();
  return steps;
}

/** Where it listens for this host, which ELBv2's API does not tell. */
async function addressOf(client: Client): Promise<string> {
  const target = 'Longshore_20261122.ListLoadBalancers';
  const { loadBalancers } = (await askApi({ ...client, service: 'longshore', target, input: {} })) as {
    readonly loadBalancers: readonly KnownLoadBalancer[];
  };
  return loadBalancers[0]!.addresses.own;
}
