import { describe, expect, it } from '@jest/globals';
import { nextRevision, revisions, rollouts } from '../../../../../test/support/service-world.js';
import {
  BLUE_GREEN,
  MINUTE_MS,
  PRODUCTION_RULE,
  rollingOut,
  ShiftWorld,
  shiftWorld,
  TEST_RULE,
} from '../../../../../test/support/shift-world.js';
import { behind, factsOf, GROUP, OTHER_GROUP } from '../../../../../test/support/balanced-world.js';

const groupsOf = (world: ShiftWorld) => [...new Set(world.live.map(({ targets }) => targets![0]!.targetGroupArn))].sort();

describe('a blue/green deployment', () => {
  it('has the traffic from the first on where there is nothing before it', () => {
    const world = new ShiftWorld();
    world.create();
    world.rests();
    expect(world.stage).toBe('BAKE_TIME');
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    expect(groupsOf(world)).toEqual([GROUP]);
  });

  it('runs beside the revision before it, which keeps the traffic until all of it is healthy', () => {
    const world = shiftWorld();
    nextRevision(world);
    world.settle();
    world.obey();
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    world.settle();
    expect(world.stage).toBe('SCALE_UP');
    expect(revisions(world.live)).toBe('1122');
    expect(groupsOf(world)).toEqual([GROUP, OTHER_GROUP].sort());
    expect(world.production).toEqual({ named: 100, alternate: 0 });
  });

  it('moves the test traffic first, then the production traffic, and bakes with both revisions at full count', () => {
    const world = shiftWorld();
    nextRevision(world);
    const seen: string[] = [];
    for (let round = 0; round < 20; round++) {
      world.settle();
      const [production, test] = [PRODUCTION_RULE, TEST_RULE].map((rule) => world.weights[rule]?.[OTHER_GROUP]);
      const now = `${world.stage} ${production}/${test}`;
      if (seen.at(-1) !== now) seen.push(now);
      world.obey();
    }
    expect(seen).toEqual([
      'PRE_SCALE_UP 0/0',
      'SCALE_UP 0/0',
      'TEST_TRAFFIC_SHIFT 0/0',
      'PRODUCTION_TRAFFIC_SHIFT 0/100',
      'BAKE_TIME 100/100',
    ]);
    expect(revisions(world.live)).toBe('1122');
    world.wait(5 * MINUTE_MS - 1_000);
    world.settle();
    expect(revisions(world.live)).toBe('1122');
    world.wait(1_000);
    world.rests();
    expect(revisions(world.live)).toBe('22');
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.described()).toMatchObject({
      status: 'SUCCESSFUL',
      lifecycleStage: 'CLEAN_UP',
      targetServiceRevision: { requestedProductionTrafficWeight: 100 },
    });
  });

  it('goes back to the first side with the next one', () => {
    const world = rollingOut();
    world.wait(5 * MINUTE_MS);
    world.rests();
    nextRevision(world);
    world.rests();
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    world.wait(5 * MINUTE_MS);
    world.rests();
    expect(groupsOf(world)).toEqual([GROUP]);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('waits for the load balancer to say that the traffic is moved', () => {
    const world = shiftWorld();
    world.isDeaf = true;
    nextRevision(world);
    world.rests();
    expect(world.stage).toBe('PRE_SCALE_UP');
    const { id, lifecycle } = world.primary;
    world.tellsTraffic(id, lifecycle!.shares!, `There is no rule ${PRODUCTION_RULE}.`);
    world.tellsTraffic(id, lifecycle!.shares!, `There is no rule ${PRODUCTION_RULE}.`);
    expect(world.said.filter((line) => line.includes('unable to move traffic'))).toHaveLength(1);
    expect(world.pass()).toBe(false);
    world.tellsTraffic(id, { production: 50, test: 0 });
    expect(world.pass()).toBe(false);
    world.tellsTraffic(id, lifecycle!.shares!);
    expect(world.pass()).toBe(true);
    expect(world.stage).toBe('SCALE_UP');
  });

  it('replaces tasks of either revision while both are there, and scales both', () => {
    const world = rollingOut();
    for (const revision of [1, 2])
      world.exits(world.live.find(({ taskDefinitionArn }) => taskDefinitionArn.endsWith(`:${revision}`))!);
    world.given('UpdateService', { service: 'web', desiredCount: 3 });
    world.rests();
    expect(revisions(world.live)).toBe('111222');
    expect(world.stage).toBe('BAKE_TIME');
  });

  it('that is stopped while it bakes gives the traffic back at once, and then lets its tasks go', () => {
    const world = rollingOut();
    expect(world.production).toEqual({ named: 0, alternate: 100 });
    expect(world.stopsDeployment()).toHaveProperty('output');
    expect(revisions(world.live)).toBe('1122');
    world.settle();
    expect(revisions(world.live)).toBe('1122');
    world.shifts();
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    world.rests();
    expect(revisions(world.live)).toBe('11');
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.described()).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
  });

  it('that is aborted leaves everything as it is', () => {
    const world = rollingOut();
    world.stopsDeployment('ABORT');
    world.rests();
    expect(revisions(world.live)).toBe('1122');
    expect(world.production).toEqual({ named: 0, alternate: 100 });
  });

  it('cannot be stopped any more while it cleans up', () => {
    const world = rollingOut();
    world.wait(5 * MINUTE_MS);
    world.settle();
    expect(world.stage).toBe('CLEAN_UP');
    expect(world.stopsDeployment()).toMatchObject({ rejection: { code: 'ConflictException' } });
  });

  it('whose tasks fail goes back by the circuit breaker without having had any traffic', () => {
    const breaker = { enable: true, rollback: true };
    const world = shiftWorld({ ...BLUE_GREEN, deploymentCircuitBreaker: breaker });
    nextRevision(world);
    world.settle();
    world.shifts();
    for (let round = 0; round < 40 && world.primary.taskDefinitionArn.endsWith(':2'); round++) {
      world.settle();
      for (const task of world.live.filter(({ lastStatus }) => lastStatus === 'PENDING')) world.failsToStart(task);
      world.wait(60_000);
    }
    world.rests();
    expect(revisions(world.live)).toBe('11');
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('that is superseded is taken back first, and the next one takes its side', () => {
    const world = rollingOut();
    expect(world.production).toEqual({ named: 0, alternate: 100 });
    nextRevision(world);
    expect(world.stage).toBe('RECONCILE_SERVICE');
    world.settle();
    expect(revisions(world.live)).toBe('1122');
    world.shifts();
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    world.settle();
    expect(revisions(world.live)).toBe('11');
    world.rests();
    expect(revisions(world.live)).toBe('1133');
    world.wait(5 * MINUTE_MS);
    world.rests();
    expect(revisions(world.live)).toBe('33');
    expect(world.production).toEqual({ named: 0, alternate: 100 });
  });

  it('that is superseded by one with other rules gives the traffic of its own rules back to the source', () => {
    const world = rollingOut();
    expect(world.production).toEqual({ named: 0, alternate: 100 });
    const [third, fourth, rule] = [`${GROUP}3`, `${GROUP}4`, `${PRODUCTION_RULE}-2`];
    nextRevision(world, {
      loadBalancers: [
        { ...behind(third), advancedConfiguration: { alternateTargetGroupArn: fourth, productionListenerRule: rule } },
      ],
      targetGroups: [factsOf(third), factsOf(fourth)],
      listenerRules: [{ arn: rule, targetGroupArns: [third, fourth] }],
    });
    world.settle();
    expect([world.stage, revisions(world.live)]).toEqual(['RECONCILE_SERVICE', '1122']);
    world.shifts();
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    expect(world.weights[TEST_RULE]).toEqual({ [GROUP]: 100, [OTHER_GROUP]: 0 });
    world.settle();
    expect(revisions(world.live)).toBe('11');
  });

  it('without load balancers only has its stages', () => {
    const world = rollingOut(BLUE_GREEN, { loadBalancers: [] });
    world.wait(6_000);
    world.rests();
    expect(world.stage).toBe('BAKE_TIME');
    expect(revisions(world.live)).toBe('1122');
  });
});

describe('a canary', () => {
  it('has its share for its time, then everything', () => {
    const world = rollingOut({ strategy: 'CANARY', canaryConfiguration: { canaryPercent: 12.5, canaryBakeTimeInMinutes: 3 } });
    expect(world.production).toEqual({ named: 875, alternate: 125 });
    expect(world.described()).toMatchObject({
      targetServiceRevision: { requestedProductionTrafficWeight: 12.5 },
      sourceServiceRevisions: [{ requestedProductionTrafficWeight: 87.5 }],
    });
    world.wait(3 * MINUTE_MS - 1_000);
    world.rests();
    expect(world.production).toEqual({ named: 875, alternate: 125 });
    world.wait(1_000);
    world.rests();
    expect(world.production).toEqual({ named: 0, alternate: 100 });
    expect(revisions(world.live)).toBe('22');
  });
});

describe('a linear deployment', () => {
  it('moves the traffic step by step', () => {
    const world = rollingOut({ strategy: 'LINEAR', linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 1 } });
    const shares = [world.production['alternate']];
    for (let step = 0; step < 2; step++) {
      world.wait(MINUTE_MS);
      world.rests();
      shares.push(world.production['alternate']);
    }
    expect(shares).toEqual([40, 80, 100]);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });
});

describe('a rolling update with a bake time', () => {
  const BAKING = { bakeTimeInMinutes: 5, deploymentCircuitBreaker: { enable: true, rollback: true } };

  it('completes only when it is over, and can be taken back until then', () => {
    const world = rollingOut(BAKING);
    world.wait(6_000);
    world.rests();
    expect(world.stage).toBe('BAKE_TIME');
    expect(revisions(world.live)).toBe('22');
    expect(world.primary.rolloutState).toBe('IN_PROGRESS');
    world.stopsDeployment();
    world.rests();
    world.wait(6_000);
    world.rests();
    expect(revisions(world.live)).toBe('11');
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    nextRevision(world);
    world.rests();
    world.wait(6_000);
    world.rests();
    world.wait(5 * MINUTE_MS);
    world.rests();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('that is stopped after traffic had moved completes the way back only with the traffic', () => {
    const world = rollingOut();
    nextRevision(world, { deploymentConfiguration: { strategy: 'ROLLING', ...BAKING } });
    world.rests();
    world.wait(6_000);
    world.rests();
    expect(world.stage).toBe('BAKE_TIME');
    world.isDeaf = true;
    world.stopsDeployment();
    for (let round = 0; round < 3; round++) {
      world.wait(6_000);
      world.rests();
    }
    expect(world.primary.rolloutState).toBe('IN_PROGRESS');
    world.isDeaf = false;
    world.rests();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });
});
