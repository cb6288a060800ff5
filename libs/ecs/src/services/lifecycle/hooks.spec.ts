import { describe, expect, it } from '@jest/globals';
import type { LifecycleStage } from '../../model/lifecycle.js';
import { revisions, rollouts } from '../../../../../test/support/service-world.js';
import { BLUE_GREEN, MINUTE_MS, rollingOut, type ShiftWorld, shiftWorld } from '../../../../../test/support/shift-world.js';
import { nextRevision } from '../../../../../test/support/service-world.js';

const URL_OF_HOOK = 'http://127.0.0.1:8080/hook';
const withHook = (hook: object) => ({ ...BLUE_GREEN, lifecycleHooks: [hook] });
const calling = (...lifecycleStages: LifecycleStage[]) => withHook({ hookTargetArn: URL_OF_HOOK, lifecycleStages });
const pausing = (more: object = {}) => withHook({ targetType: 'PAUSE', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'], ...more });

const hookOf = (world: ShiftWorld) => world.primary.lifecycle!.hooks![0]!;
const answer = (world: ShiftWorld, hookStatus: string, more: object = {}) => {
  const { id } = world.primary;
  const { serviceArn } = world.service;
  const input = { serviceArn, deploymentId: id, hookId: hookOf(world).hookId, hookStatus, ...more };
  world.given('RecordHookAnswer', input, 'scheduler');
};
const continues = (world: ShiftWorld, more: object = {}) =>
  world.command('ContinueServiceDeployment', {
    serviceDeploymentArn: world.primary.serviceDeploymentArn,
    hookId: hookOf(world).hookId,
    ...more,
  });

/** The first deployment has the same hooks: they let it pass. */
function rollingOutWith(configuration: object): ShiftWorld {
  const world = shiftWorld();
  nextRevision(world, { deploymentConfiguration: configuration });
  world.rests();
  return world;
}

describe('a lifecycle hook', () => {
  it('holds its stage until it has answered SUCCEEDED', () => {
    const world = rollingOutWith(calling('POST_TEST_TRAFFIC_SHIFT'));
    expect(world.stage).toBe('POST_TEST_TRAFFIC_SHIFT');
    expect(world.described()).toMatchObject({
      lifecycleStage: 'POST_TEST_TRAFFIC_SHIFT',
      lifecycleHookDetails: [
        {
          hookId: hookOf(world).hookId,
          targetType: 'AWS_LAMBDA',
          targetArn: URL_OF_HOOK,
          status: 'IN_PROGRESS',
          timeoutAction: 'ROLLBACK',
        },
      ],
      targetServiceRevision: { requestedProductionTrafficWeight: 0, requestedTestTrafficWeight: 100 },
    });
    answer(world, 'SUCCEEDED');
    world.rests();
    expect(world.stage).toBe('BAKE_TIME');
  });

  it('that goes on is called again after its delay, with what it said', () => {
    const world = rollingOutWith(calling('POST_SCALE_UP'));
    answer(world, 'IN_PROGRESS', { callBackDelay: 7, hookDetails: { seen: 1 } });
    const { nextCallAt, hookDetails } = hookOf(world);
    expect(Date.parse(nextCallAt!) - world.now).toBe(7_000);
    expect(hookDetails).toEqual({ seen: 1 });
    answer(world, 'IN_PROGRESS');
    expect(Date.parse(hookOf(world).nextCallAt!) - world.now).toBe(30_000);
  });

  it('that fails takes the deployment back', () => {
    const world = rollingOutWith(calling('POST_PRODUCTION_TRAFFIC_SHIFT'));
    expect(world.production).toEqual({ named: 0, alternate: 100 });
    answer(world, 'FAILED', { reason: 'the shop is broken' });
    world.rests();
    expect(world.production).toEqual({ named: 100, alternate: 0 });
    expect(revisions(world.live)).toBe('11');
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.described()).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: `The hook ${URL_OF_HOOK} ended as FAILED at POST_PRODUCTION_TRAFFIC_SHIFT.`,
    });
    expect(world.said.join('\n')).toContain('answered FAILED at POST_PRODUCTION_TRAFFIC_SHIFT: the shop is broken');
  });

  it('that never ends is given up after a day', () => {
    const world = rollingOutWith(calling('PRE_SCALE_UP'));
    expect(world.wakeAtMs! - world.now).toBeGreaterThan(1_439 * MINUTE_MS);
    world.wait(1_440 * MINUTE_MS);
    world.rests();
    expect(revisions(world.live)).toBe('11');
    expect(world.described()).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
  });

  it('that may be passed over is, when its time is over', () => {
    const timeoutConfiguration = { timeoutInMinutes: 1, action: 'CONTINUE' };
    const world = rollingOutWith(pausing({ timeoutConfiguration }));
    world.wait(MINUTE_MS);
    world.rests();
    expect(world.stage).toBe('BAKE_TIME');
  });

  it('is called before and at each step of a canary', () => {
    const lifecycleHooks = [
      { hookTargetArn: URL_OF_HOOK, lifecycleStages: ['PRE_PRODUCTION_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'] },
    ];
    const world = rollingOutWith({
      strategy: 'CANARY',
      bakeTimeInMinutes: 0,
      canaryConfiguration: { canaryBakeTimeInMinutes: 0 },
      lifecycleHooks,
    });
    const seen: string[] = [];
    for (let call = 0; call < 4; call++) {
      seen.push(`${world.stage} ${world.production['alternate']}`);
      answer(world, 'SUCCEEDED');
      world.rests();
    }
    expect(seen).toEqual([
      'PRE_PRODUCTION_TRAFFIC_SHIFT 0',
      'PRODUCTION_TRAFFIC_SHIFT 5',
      'PRE_PRODUCTION_TRAFFIC_SHIFT 5',
      'PRODUCTION_TRAFFIC_SHIFT 100',
    ]);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('whose stage is over is not heard', () => {
    const world = rollingOutWith(calling('POST_SCALE_UP'));
    const late = { serviceArn: world.service.serviceArn, deploymentId: world.primary.id, hookId: hookOf(world).hookId };
    answer(world, 'SUCCEEDED');
    world.rests();
    world.given('RecordHookAnswer', { ...late, hookStatus: 'FAILED' }, 'scheduler');
    expect(world.stage).toBe('BAKE_TIME');
    expect(world.pass()).toBe(false);
  });
});

describe('ContinueServiceDeployment', () => {
  it('lets a paused deployment go on', () => {
    const world = rollingOutWith(pausing());
    expect(hookOf(world).status).toBe('AWAITING_ACTION');
    expect(continues(world)).toMatchObject({ output: { serviceDeploymentArn: world.primary.serviceDeploymentArn } });
    world.rests();
    expect(world.stage).toBe('BAKE_TIME');
  });

  it('takes it back', () => {
    const world = rollingOutWith(pausing());
    continues(world, { action: 'ROLLBACK' });
    world.rests();
    expect(revisions(world.live)).toBe('11');
  });

  it('is refused where nothing waits for it', () => {
    const world = rollingOutWith(pausing());
    const { hookId } = hookOf(world);
    expect(continues(world, { hookId: 'x' })).toMatchObject({ rejection: { code: 'InvalidParameterException' } });
    continues(world);
    expect(continues(world, { hookId })).toMatchObject({ rejection: { code: 'ConflictException' } });
    const other = rollingOutWith(calling('POST_SCALE_UP'));
    expect(continues(other)).toMatchObject({ rejection: { code: 'ConflictException' } });
  });
});

it('a deployment without hooks is described without them', () => {
  expect(rollingOut().described()).not.toHaveProperty('lifecycleHookDetails');
});
