import { expect, it } from '@jest/globals';
import type { PublicEvent } from '#lib/kernel';
import { EventDescriber } from './describe-event.js';

const ARN = 'arn:aws:ecs:us-east-1:000000000000';
const TASK = `${ARN}:task/default/0123456789abcdef0123456789abcdef`;
const event = (type: PublicEvent['detail-type'], resource: string, detail: Record<string, unknown>): PublicEvent => ({
  version: '0',
  id: 'ecs:7.0',
  'detail-type': type,
  source: 'aws.ecs',
  account: '000000000000',
  time: '2026-11-23T15:00:00.000Z',
  region: 'us-east-1',
  resources: [resource],
  detail,
});
const task = (detail: Record<string, unknown>) =>
  event('ECS Task State Change', TASK, {
    taskDefinitionArn: `${ARN}:task-definition/web:3`,
    desiredStatus: 'RUNNING',
    healthStatus: 'UNKNOWN',
    group: 'service:web',
    containers: [],
    ...detail,
  });
const described = (...events: PublicEvent[]) => {
  const describer = new EventDescriber();
  return events.map((each) => {
    const { what, resource, text, tone } = describer.describe(each);
    return [`${what} ${resource}: ${text}`, tone];
  });
};

it('tells the story of a task from line to line', () => {
  const stopped = {
    desiredStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
  };
  expect(
    described(
      task({ lastStatus: 'PROVISIONING' }),
      task({ lastStatus: 'PENDING' }),
      task({ lastStatus: 'PENDING', pullStartedAt: 't' }),
      task({ lastStatus: 'PENDING', pullStartedAt: 't', pullStoppedAt: 't' }),
      task({ lastStatus: 'RUNNING' }),
      task({ lastStatus: 'RUNNING', healthStatus: 'HEALTHY' }),
      task({ lastStatus: 'RUNNING', healthStatus: 'UNHEALTHY' }),
      task({ lastStatus: 'RUNNING', ...stopped }),
      task({ lastStatus: 'STOPPING', ...stopped }),
      task({
        lastStatus: 'STOPPED',
        ...stopped,
        containers: [
          { name: 'web', exitCode: 3 },
          { name: 'log', exitCode: 0 },
        ],
      }),
    ),
  ).toEqual([
    ['task default/01234567: web:3 (service:web)  PROVISIONING', 'plain'],
    ['task default/01234567: web:3 (service:web)  PROVISIONING → PENDING', 'plain'],
    ['task default/01234567: web:3 (service:web)  PENDING  pulling images', 'plain'],
    ['task default/01234567: web:3 (service:web)  PENDING  images pulled', 'plain'],
    ['task default/01234567: web:3 (service:web)  PENDING → RUNNING', 'good'],
    ['task default/01234567: web:3 (service:web)  RUNNING  healthy', 'good'],
    ['task default/01234567: web:3 (service:web)  RUNNING  unhealthy', 'bad'],
    ['task default/01234567: web:3 (service:web)  RUNNING  to be stopped  Essential container in task exited', 'plain'],
    ['task default/01234567: web:3 (service:web)  RUNNING → STOPPING', 'plain'],
    [
      'task default/01234567: web:3 (service:web)  STOPPING → STOPPED  Essential container in task exited  web: exit code 3',
      'bad',
    ],
  ]);
});

it('calls a task that was told to stop no failure', () => {
  const user = { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'enough', group: 'family:web' };
  const [line] = described(task({ lastStatus: 'STOPPED', ...user, containers: [{ name: 'web', exitCode: 143 }] }));
  expect(line).toEqual(['task default/01234567: web:3  STOPPED  enough  web: exit code 143', 'plain']);
});

it('tells what an instance has left', () => {
  const instance = (detail: Record<string, unknown>) =>
    event('ECS Container Instance State Change', `${ARN}:container-instance/blue/0123456789abcdef0123456789abcdef`, {
      status: 'ACTIVE',
      agentConnected: true,
      runningTasksCount: 2,
      pendingTasksCount: 1,
      remainingResources: [
        { name: 'CPU', integerValue: 512 },
        { name: 'MEMORY', integerValue: 900 },
      ],
      ...detail,
    });
  expect(described(instance({}), instance({ status: 'DRAINING' }), instance({ agentConnected: false }))).toEqual([
    ['instance blue/01234567: ACTIVE  2 running, 1 pending  512 CPU units and 900 MiB free', 'plain'],
    ['instance blue/01234567: ACTIVE → DRAINING  2 running, 1 pending  512 CPU units and 900 MiB free', 'plain'],
    [
      'instance blue/01234567: DRAINING → ACTIVE  agent disconnected  2 running, 1 pending  512 CPU units and 900 MiB free',
      'warning',
    ],
  ]);
});

it('says of services and deployments what they say themselves', () => {
  const service = `${ARN}:service/default/web`;
  const action = (eventType: string, eventName: string, more = {}) =>
    event('ECS Service Action', service, { eventType, eventName, ...more });
  expect(
    described(
      action('INFO', 'SERVICE_STEADY_STATE'),
      action('WARN', 'SERVICE_TASK_START_IMPAIRED', { reason: 'It ends at once.' }),
      action('INFO', 'TASKSET_STEADY_STATE', { taskSetArns: [`${ARN}:task-set/default/web/ecs-svc/1`] }),
      event('ECS Deployment State Change', service, {
        eventType: 'INFO',
        eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
        deploymentId: 'ecs-svc/1',
        reason: 'ECS deployment ecs-svc/1 in progress.',
      }),
      event('ECS Deployment State Change', service, {
        eventType: 'ERROR',
        eventName: 'SERVICE_DEPLOYMENT_FAILED',
        deploymentId: 'ecs-svc/1',
        reason: 'ECS deployment circuit breaker: tasks failed to start.',
      }),
    ),
  ).toEqual([
    ['service default/web: steady state', 'good'],
    ['service default/web: task start impaired  It ends at once.', 'warning'],
    ['service default/web: ecs-svc/1  taskset steady state', 'good'],
    ['deployment default/web: ecs-svc/1  in progress', 'plain'],
    ['deployment default/web: ecs-svc/1  failed  ECS deployment circuit breaker: tasks failed to start.', 'bad'],
  ]);
});

it('tells what load balancers and their targets did', () => {
  const ELB = 'arn:aws:elasticloadbalancing:us-east-1:000000000000';
  const balancer = (Code: string) =>
    event('ELB Load Balancer State Change', `${ELB}:loadbalancer/app/web/0123456789abcdef`, {
      DNSName: 'web-1.elb',
      State: { Code },
    });
  const target = (TargetHealth: object) =>
    event('ELB Target Health State Change', `${ELB}:targetgroup/web/0123456789abcdef`, {
      Target: { Id: '127.0.0.1', Port: 49153 },
      TargetHealth,
      TaskArn: TASK,
    });
  expect(
    described(
      balancer('provisioning'),
      balancer('active'),
      target({ State: 'initial' }),
      target({ State: 'unhealthy', Description: 'Health checks failed' }),
    ),
  ).toEqual([
    ['balancer web: provisioning  web-1.elb', 'plain'],
    ['balancer web: provisioning → active  web-1.elb', 'good'],
    ['target web: 127.0.0.1:49153 (task default/01234567)  initial', 'plain'],
    ['target web: 127.0.0.1:49153 (task default/01234567)  initial → unhealthy  Health checks failed', 'bad'],
  ]);
});

it('tells what was set up and changed', () => {
  const ELB = 'arn:aws:elasticloadbalancing:us-east-1:000000000000';
  const CLOUD_MAP = 'arn:aws:servicediscovery:us-east-1:000000000000';
  const path = 'app/web/0123456789abcdef/0123456789abcdef';
  expect(
    described(
      event('ELB Listener Change', `${ELB}:listener/${path}`, { Change: 'created', Protocol: 'HTTP', Port: 80 }),
      event('ELB Rule Change', `${ELB}:listener-rule/${path}/0123456789abcdef`, { Change: 'modified', Priority: '7' }),
      event('ELB Target Group Change', `${ELB}:targetgroup/blue/0123456789abcdef`, { Change: 'deleted' }),
      event('ELB Load Balancer Change', `${ELB}:loadbalancer/app/web/0123456789abcdef`, { Change: 'deleted' }),
      event('Cloud Map Namespace Change', `${CLOUD_MAP}:namespace/ns-1`, { Change: 'created', Name: 'internal' }),
      event('Cloud Map Service Change', `${CLOUD_MAP}:service/srv-1`, { Change: 'created', Name: 'api' }),
      event('Cloud Map Instance Change', `${CLOUD_MAP}:service/srv-1`, {
        Change: 'modified',
        Id: 'i-1',
        HealthStatus: 'HEALTHY',
      }),
    ),
  ).toEqual([
    ['listener web: created  HTTP 80', 'plain'],
    ['rule web: modified  priority 7', 'plain'],
    ['group blue: deleted', 'plain'],
    ['balancer web: deleted', 'plain'],
    ['namespace internal: created', 'plain'],
    ['discovery api: created', 'plain'],
    ['registered i-1: modified  healthy', 'plain'],
  ]);
});

it('tells what rules run, and why they do not', () => {
  const rule = 'arn:aws:events:us-east-1:000000000000:rule/nightly';
  const due = { ruleName: 'nightly', targetId: 'one', dueAt: '2026-11-29T03:00:00.000Z' };
  const run = (detail: object) => event('EventBridge Rule Invocation State Change', rule, { ...due, ...detail });
  expect(
    described(
      event('Scheduled Event', rule, {}),
      run({ status: 'Started', attempts: 1, taskArns: [`${ARN}:task/default/${'a'.repeat(32)}`] }),
      run({ status: 'Retrying', attempts: 2, reason: 'RESOURCE:MEMORY', retryAt: '2026-11-29T03:00:15.000Z' }),
      run({ status: 'Failed', attempts: 8, reason: 'ClusterNotFoundException: Cluster not found.' }),
    ),
  ).toEqual([
    ['schedule nightly: triggered', 'plain'],
    ['schedule nightly: target one of 2026-11-29T03:00:00.000Z  started  task default/aaaaaaaa', 'good'],
    [
      'schedule nightly: target one of 2026-11-29T03:00:00.000Z  retrying  try 2  RESOURCE:MEMORY  again at 2026-11-29T03:00:15.000Z',
      'warning',
    ],
    [
      'schedule nightly: target one of 2026-11-29T03:00:00.000Z  failed  try 8  ClusterNotFoundException: Cluster not found.',
      'bad',
    ],
  ]);
});

it('tells what rings and what is scaled, and why', () => {
  const alarm = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:high';
  const activity = { statusCode: 'Pending', cause: 'monitor alarm high in state ALARM triggered policy p' };
  const scaled = (detail: object) =>
    event('Application Auto Scaling Scaling Activity State Change', `${ARN}:service/default/web`, { ...activity, ...detail });
  expect(
    described(
      event('CloudWatch Alarm State Change', alarm, {
        state: { value: 'ALARM', reason: 'Threshold Crossed' },
        previousState: { value: 'OK' },
      }),
      scaled({ oldDesiredCapacity: 1, newDesiredCapacity: 3 }),
      scaled({ statusCode: 'Unfulfilled', notScaledReasons: [{ Code: 'AlreadyAtMaxCapacity' }] }),
    ),
  ).toEqual([
    ['alarm high: OK → ALARM  Threshold Crossed', 'warning'],
    [`scaling default/web: 1 → 3  pending  ${activity.cause}`, 'plain'],
    [`scaling default/web: not scaled: AlreadyAtMaxCapacity  unfulfilled  ${activity.cause}`, 'plain'],
  ]);
});
