import { describe, expect, it } from '@jest/globals';
import type { PublicEvent } from '#lib/kernel';
import { ScalingWorld } from '../../../../test/support/scaling-world.js';
import { event } from './events.js';
import { type Occurrence, scalingPublicEvents } from './public-events.js';
import { scaling } from './domain.js';

const id = { accountId: '000000000000', region: 'us-east-1', resourceId: 'service/default/web' };

describe('public events of rules', () => {
  it('tell the moment as EventBridge does, and what became of each run as it was before', () => {
    const told: PublicEvent[] = [];
    const world = new ScalingWorld();
    const noting = scalingPublicEvents.noting(scaling.decider, ({ revision, index, at }, occurrences) =>
      occurrences.forEach((one) => told.push(scalingPublicEvents.render(one, { revision, index, at } as never))),
    );
    const Arn = 'arn:aws:ecs:us-east-1:000000000000:cluster/default';
    const EcsParameters = { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report' };
    world.ok('PutRule', { Name: 'nightly', ScheduleExpression: 'rate(1 hour)' });
    world.ok('PutTargets', { Rule: 'nightly', Targets: [{ Id: 'one', Arn, EcsParameters }] });
    world.now += 3_600_000;
    world.ok('TriggerRules', { rules: [{ ...id, name: 'nightly' }] });
    const [run] = [...world.state.scheduledRuns.values()];
    const problem = { reason: 'RESOURCE:MEMORY', isRefused: false };
    world.ok('RecordScheduledRuns', { results: [{ id: run!.id, attempt: 0, problem }] });
    world.ok('RecordScheduledRuns', { results: [{ id: run!.id, attempt: 1, taskArns: ['a'] }] });
    const { state } = scaling.newTables();
    world.commits.forEach(({ at, transactions }, commit) =>
      transactions[0]!.events.forEach((one, index) =>
        noting.evolve(state, one, { at, revision: commit + 1, index, transaction: transactions[0]! } as never),
      ),
    );
    const about = { ruleName: 'nightly', targetId: 'one', targetArn: Arn, dueAt: run!.dueAt };
    const resources = ['arn:aws:events:us-east-1:000000000000:rule/nightly'];
    const type = 'EventBridge Rule Invocation State Change';
    expect(told).toMatchObject([
      { 'detail-type': 'Scheduled Event', source: 'aws.events', resources, detail: {} },
      { 'detail-type': type, resources, detail: { ...about, status: 'Retrying', attempts: 1, reason: 'RESOURCE:MEMORY' } },
      { 'detail-type': type, resources, detail: { ...about, status: 'Started', attempts: 2, taskArns: ['a'] } },
    ]);
    expect(told[0]!.detail).toEqual({});
  });
});

describe('public events of scaling', () => {
  it('tell each step of an activity as it was then', () => {
    const noted: Occurrence[][] = [];
    const domain = scalingPublicEvents.noting(scaling.decider, (_context, occurrences) => void noted.push([...occurrences]));
    const { state } = scaling.newTables();
    const at = '2026-11-28T12:00:00.000Z';
    const suspended = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };
    const happened = [
      event('ScalableTargetRegistered', {
        ...id,
        id: 't',
        roleArn: 'r',
        minCapacity: 1,
        maxCapacity: 3,
        suspended,
        tags: {},
      } as never),
      event('ScalingActivityStarted', {
        ...id,
        activity: {
          id: 'a',
          description: 'Setting desired count to 3.',
          cause: 'monitor alarm high in state ALARM triggered policy p',
          details: 'CPUUtilization 90',
          status: 'Pending',
          scaling: { from: 1, to: 3, base: 1, policyName: 'p', cooldownSeconds: 60 },
          isOver: false,
        },
      } as never),
      event('ScalingActivityChanged', { ...id, id: 'a', status: 'Successful', statusMessage: 'done', isOver: true } as never),
    ];
    happened.forEach((one, index) => domain.evolve(state, one, { at, revision: 7, index } as never));
    const events: PublicEvent[] = noted
      .flat()
      .map((one, index) => scalingPublicEvents.render(one, { revision: 7, index, at } as never));
    expect(
      events.map(({ id: of, resources, detail }) => [
        of,
        resources,
        detail.statusCode,
        detail.oldDesiredCapacity,
        detail.newDesiredCapacity,
      ]),
    ).toEqual([
      ['scaling:7.0', ['arn:aws:ecs:us-east-1:000000000000:service/default/web'], 'Pending', 1, 3],
      ['scaling:7.1', ['arn:aws:ecs:us-east-1:000000000000:service/default/web'], 'Successful', 1, 3],
    ]);
    expect(events[0]).toMatchObject({
      'detail-type': 'Application Auto Scaling Scaling Activity State Change',
      source: 'aws.application-autoscaling',
      detail: { scaledToMax: true, direction: 'scale-out', details: 'CPUUtilization 90', maxCapacity: 3 },
    });
  });
});
