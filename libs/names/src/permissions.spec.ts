import { describe, expect, it } from '@jest/globals';
import {
  agentPermissions,
  appPermissions,
  listenerPermissions,
  joinPermissions,
  launcherPermissions,
  operatorPermissions,
  simulatorPermissions,
  type NatsPermissions,
} from './permissions.js';
import { CONTROL_PLANE_APPS } from './apps.js';
import { JOURNALS } from './journals.js';
import { AGENT_VERBS, buckets, streams, subjects } from './subjects.js';

/** NATS's own matching: `*` is one token, `>` the rest. */
const matches = (pattern: string, subject: string): boolean => {
  const [wanted, given] = [pattern.split('.'), subject.split('.')];
  return (
    wanted.every((token, index) =>
      token === '>' ? given.length > index : index < given.length && (token === '*' || token === given[index]),
    ) &&
    (wanted.at(-1) === '>' || wanted.length === given.length)
  );
};
const mayPublish = (permissions: NatsPermissions, subject: string) =>
  permissions.publish.some((pattern) => matches(pattern, subject));
const mayHear = (permissions: NatsPermissions, subject: string) =>
  permissions.subscribe.some((pattern) => matches(pattern, subject));

const scope = { accountId: '000000000000', region: 'us-east-1' };
const apps = [
  'gateway',
  'state-store',
  'scheduler',
  'health-monitor',
  'load-balancer',
  'log-aggregator',
  'secrets',
  'network',
  'registry',
  'autoscaler',
] as const;

describe('who may write what on NATS', () => {
  it.each(apps)('%s commands only under its own name', (app) => {
    for (const actor of [...apps, 'agent']) {
      expect(mayPublish(appPermissions(app), subjects.command('ecs', actor, 'StopTask'))).toBe(actor === app);
    }
  });

  it.each(apps)('%s writes only the journal that it owns', (app) => {
    const owns = {
      'state-store': 'ecs',
      'load-balancer': 'load-balancing',
      'log-aggregator': 'logging',
      secrets: 'secrets',
      network: 'network',
      registry: 'registry',
      autoscaler: 'scaling',
    }[app as string];
    const permissions = appPermissions(app);
    for (const journal of JOURNALS) {
      const stream = streams.journal(journal);
      expect(mayPublish(permissions, subjects.journal(journal))).toBe(journal === owns);
      expect(mayPublish(permissions, `$JS.API.STREAM.CREATE.${stream}`)).toBe(journal === owns);
      expect(mayPublish(permissions, `$KV.${buckets.leases}.${journal}`)).toBe(journal === owns);
      expect(mayPublish(permissions, `$KV.${buckets.marks}.${journal}`)).toBe(journal === owns);
      for (const verb of ['DELETE', 'PURGE', 'UPDATE', 'RESTORE', 'MSG.DELETE']) {
        expect(mayPublish(permissions, `$JS.API.STREAM.${verb}.${stream}`)).toBe(false);
      }
    }
    expect(mayPublish(permissions, `$KV.${buckets.assignments}.x`)).toBe(app === 'state-store');
    expect(mayPublish(permissions, `$JS.API.STREAM.DELETE.KV_${buckets.leases}`)).toBe(false);
  });

  it('lets only the gateway make API requests, but for those that an app asks by itself, and only handlers hear them', () => {
    const request = subjects.api('ecs', 'RunTask');
    const publishers = (operation: string) =>
      apps.filter((app) => mayPublish(appPermissions(app), subjects.api('ecs', operation)));
    expect(publishers('StartTask')).toEqual(['gateway']);
    // For the rules that run tasks.
    expect(publishers('RunTask')).toEqual(['gateway', 'autoscaler']);
    expect(apps.filter((app) => mayHear(appPermissions(app), request))).toEqual([
      'state-store',
      'scheduler',
      'health-monitor',
      'load-balancer',
      'log-aggregator',
      'secrets',
      'network',
      'registry',
      'autoscaler',
    ]);
  });

  it('lets only the gateway ask processes for their own metrics and hear them, and each app answer as itself', () => {
    expect(apps.filter((app) => mayPublish(appPermissions(app), subjects.scrape))).toEqual(['gateway']);
    expect(apps.filter((app) => mayHear(appPermissions(app), subjects.scraped('scheduler')))).toEqual(['gateway']);
    expect(apps.filter((app) => mayPublish(appPermissions(app), subjects.scraped('scheduler')))).toEqual(['scheduler']);
    expect(apps.filter((app) => mayHear(appPermissions(app), subjects.scrape))).toEqual(apps);
  });

  it('lets an app ask others for the reads in its row, and for nothing else', () => {
    const asks = (service: string, operation: string) =>
      apps.filter((app) => mayPublish(appPermissions(app), subjects.api(service, operation)));
    expect(asks('elasticloadbalancing', 'DescribeTargetGroups')).toEqual(['gateway', 'state-store']);
    expect(asks('autoscaling', 'DescribeAutoScalingGroups')).toEqual(['gateway', 'state-store']);
    expect(asks('elasticloadbalancing', 'DeleteTargetGroup')).toEqual(['gateway']);
  });

  it('lets only the writer hear commands, and only the health monitor hear agents', () => {
    const command = subjects.command('ecs', 'scheduler', 'PlaceTasks');
    const report = subjects.agent({ ...scope, instanceId: 'a' }, 'report');
    expect(apps.filter((app) => mayHear(appPermissions(app), command))).toEqual(['state-store']);
    expect(apps.filter((app) => mayHear(appPermissions(app), report))).toEqual(['health-monitor']);
  });

  it('lets nobody take anything of a journal away, and its owner make only what it works with', () => {
    const streamOf = (name: string) => `$JS.API.STREAM.${name}`;
    for (const app of apps)
      for (const stream of ['JOURNAL_ECS', 'KV_marks', 'KV_leases', 'KV_assignments', 'KV_operations'])
        for (const verb of ['DELETE', 'PURGE', 'UPDATE', 'MSG.DELETE', 'RESTORE', 'SNAPSHOT', 'LEADER.STEPDOWN'])
          expect({ app, stream, verb, may: mayPublish(appPermissions(app), streamOf(`${verb}.${stream}`)) }).toMatchObject({
            // Assignments are derived: their writer takes away those of forgotten hosts.
            may: `${app} ${verb}.${stream}` === 'state-store PURGE.KV_assignments',
          });
    const owner = appPermissions('state-store');
    for (const stream of ['JOURNAL_ECS', 'KV_marks', 'KV_snapshots', 'KV_leases', 'KV_operations', 'KV_assignments'])
      expect(mayPublish(owner, streamOf(`CREATE.${stream}`))).toBe(true);
    for (const subject of [
      streamOf('CREATE.other'),
      streamOf('LIST'),
      '$JS.API.ACCOUNT.PURGE.x',
      streamOf('DELETE.KV_snapshots'),
    ])
      expect(mayPublish(owner, subject)).toBe(false);
  });

  it('lets the owner of a journal that is kept elsewhere label its relay, and replace it only where the operator says so', () => {
    const may = (verb: string, mayReplace: boolean, app: (typeof apps)[number] = 'state-store') =>
      mayPublish(appPermissions(app, { mayReplace }), `$JS.API.STREAM.${verb}.JOURNAL_ECS`);
    expect([may('UPDATE', false), may('DELETE', false), may('PURGE', true)]).toEqual([true, false, false]);
    expect([may('DELETE', true), may('DELETE', true, 'scheduler'), may('UPDATE', true, 'gateway')]).toEqual([true, false, false]);
    expect(mayPublish(appPermissions('state-store', { mayReplace: true }), '$JS.API.STREAM.DELETE.KV_marks')).toBe(false);
  });

  it('lets the load balancer alone tell what its traffic was', () => {
    const tellers = CONTROL_PLANE_APPS.filter((app) => mayPublish(appPermissions(app), subjects.loadBalancingMetrics));
    expect(tellers).toEqual(['load-balancer']);
  });

  it('holds an agent to its own subjects and its own key', () => {
    const agent = agentPermissions({ ...scope, instanceId: 'aaa' });
    for (const verb of AGENT_VERBS) {
      if (verb === 'register') continue;
      expect(mayPublish(agent, subjects.agent({ ...scope, instanceId: 'aaa' }, verb))).toBe(true);
      expect(mayPublish(agent, subjects.agent({ ...scope, instanceId: 'bbb' }, verb))).toBe(false);
    }
    expect(mayPublish(agent, subjects.logBatch({ ...scope, instanceId: 'aaa' }, 3))).toBe(true);
    expect(mayPublish(agent, subjects.logBatch({ ...scope, instanceId: 'bbb' }, 3))).toBe(false);
    expect(mayPublish(agent, subjects.logBatch({ ...scope, accountId: '111122223333', instanceId: 'aaa' }, 3))).toBe(false);
    const batch = subjects.logBatch({ ...scope, instanceId: 'aaa' }, 3);
    expect(apps.filter((app) => mayHear(appPermissions(app), batch))).toEqual(['log-aggregator']);
    const secrets = subjects.taskSecrets({ ...scope, instanceId: 'aaa' });
    expect(apps.filter((app) => mayHear(appPermissions(app), secrets))).toEqual(['secrets']);
    expect(mayPublish(agent, secrets)).toBe(true);
    expect(mayPublish(agent, subjects.taskSecrets({ ...scope, instanceId: 'bbb' }))).toBe(false);
    expect(mayHear(agent, secrets)).toBe(false);
    const filter = subjects.packetFilter({ ...scope, instanceId: 'aaa' });
    expect(apps.filter((app) => mayHear(appPermissions(app), filter))).toEqual(['network']);
    expect(mayPublish(agent, filter)).toBe(true);
    expect(mayPublish(agent, subjects.packetFilter({ ...scope, instanceId: 'bbb' }))).toBe(false);
    expect(mayHear(agent, filter)).toBe(false);
    const metrics = subjects.taskMetrics({ ...scope, instanceId: 'aaa' });
    expect(mayPublish(agent, metrics)).toBe(true);
    expect(mayPublish(agent, subjects.taskMetrics({ ...scope, instanceId: 'bbb' }))).toBe(false);
    // They are kept in a stream, which is read.
    for (const told of [metrics, subjects.loadBalancingMetrics, subjects.logMetrics(scope), subjects.metricPuts])
      expect(apps.filter((app) => mayHear(appPermissions(app), told))).toEqual([]);
    for (const api of ['CREATE', 'INFO'].map((verb) => `$JS.API.STREAM.${verb}.${streams.metricReports}`)) {
      expect(mayPublish(appPermissions('autoscaler'), api)).toBe(true);
      expect(mayPublish(agent, api)).toBe(false);
    }
    expect(apps.filter((app) => mayPublish(appPermissions(app), `$JS.API.STREAM.CREATE.${streams.metricPuts}`))).toEqual([
      'autoscaler',
    ]);
    expect(apps.filter((app) => mayPublish(appPermissions(app), subjects.metricPuts))).toEqual(['autoscaler']);
    expect(mayPublish(agent, subjects.register({ ...scope, instanceId: 'aaa' }, 'any'))).toBe(true);
    expect(mayPublish(agent, subjects.register({ ...scope, instanceId: 'bbb' }, 'any'))).toBe(false);
    expect(mayPublish(agent, subjects.assignmentRead('aaa'))).toBe(true);
    expect(mayPublish(agent, subjects.assignmentRead('bbb'))).toBe(false);
    expect(mayHear(agent, subjects.assignmentChanged('aaa'))).toBe(true);
    expect(mayHear(agent, subjects.assignmentChanged('bbb'))).toBe(false);
    expect(agent.publish.filter((subject) => subject.startsWith('$'))).toEqual([]);
    expect(mayHear(agent, subjects.agent({ ...scope, instanceId: 'bbb' }, 'report'))).toBe(false);
    expect(agent.responses).toBe(false);
  });

  it('holds an agent to the cluster that it was made for', () => {
    const own = { ...scope, instanceId: 'aaa' };
    const agent = agentPermissions(own, 'edge');
    expect(mayPublish(agent, subjects.register(own, 'edge'))).toBe(true);
    expect(mayPublish(agent, subjects.register(own, 'default'))).toBe(false);
    expect(mayHear(appPermissions('health-monitor'), subjects.register(own, 'edge'))).toBe(true);
  });

  it('holds an agent to what its token lets it say of itself', () => {
    const own = { ...scope, instanceId: 'aaa' };
    const agent = agentPermissions(own, 'edge', 'granted');
    expect(mayPublish(agent, subjects.register(own, 'edge', 'granted'))).toBe(true);
    for (const other of [undefined, 'another', '*']) expect(mayPublish(agent, subjects.register(own, 'edge', other))).toBe(false);
    expect(mayPublish(agentPermissions(own), subjects.register(own, 'edge', 'granted'))).toBe(false);
    expect(mayHear(appPermissions('health-monitor'), subjects.register(own, 'edge', 'granted'))).toBe(true);
  });

  it('lets a token ask for its own instance’s user and nothing else', () => {
    const own = { ...scope, instanceId: 'aaa' };
    const token = joinPermissions(own);
    expect(token.publish).toEqual([subjects.join(own)]);
    expect(mayPublish(agentPermissions(own), subjects.join(own))).toBe(true);
    expect(mayPublish(agentPermissions(own), subjects.join({ ...scope, instanceId: 'bbb' }))).toBe(false);
    expect(apps.filter((app) => mayHear(appPermissions(app), subjects.join(own)))).toEqual([]);
    expect(mayHear(launcherPermissions(), subjects.join(own))).toBe(true);
    expect(launcherPermissions().publish).toEqual([]);
  });

  it('keeps all who work on other hosts in the hosts’ account, and all else out of it', () => {
    const own = { ...scope, instanceId: 'aaa' };
    for (const { account } of [agentPermissions(own), joinPermissions(own), simulatorPermissions(scope)])
      expect(account).toBe('hosts');
    const ours = [...apps.map((app) => appPermissions(app)), operatorPermissions(), listenerPermissions(), launcherPermissions()];
    expect(new Set(ours.map(({ account }) => account))).toEqual(new Set(['control-plane']));
  });

  it('holds simulated instances to one scope', () => {
    const simulator = simulatorPermissions(scope);
    expect(mayPublish(simulator, subjects.agent({ ...scope, instanceId: 'any' }, 'report'))).toBe(true);
    expect(mayPublish(simulator, subjects.agent({ ...scope, accountId: '111122223333', instanceId: 'any' }, 'report'))).toBe(
      false,
    );
  });

  it('lets nobody hear the replies of somebody else', () => {
    const users = [
      ...apps.map((app) => [app, appPermissions(app)] as const),
      ['operator', operatorPermissions()] as const,
      ['listener', listenerPermissions()] as const,
    ];
    for (const [user, permissions] of users) {
      for (const [other] of users) expect(mayHear(permissions, `_INBOX_${other}.x.1`)).toBe(user === other);
    }
  });

  it('lets the state store alone tell public events, and a listener hear them, and metrics of lines, and nothing else', () => {
    const subject = subjects.events(scope, 'task-state-change', 'default');
    expect(apps.filter((app) => mayPublish(appPermissions(app), subject))).toEqual(['state-store']);
    const { publish, subscribe } = listenerPermissions();
    expect([publish, subscribe]).toEqual([[], ['_INBOX_listener.>', 'events.>', 'metrics.logs.*.*', 'subscriptions.logs.>']]);
    expect(mayHear(agentPermissions({ ...scope, instanceId: 'aaa' }), subject)).toBe(false);
  });
});
