import { describe, expect, it } from '@jest/globals';
import { behind, factsOf, GROUP, OTHER_GROUP } from '../../../../../test/support/balanced-world.js';
import {
  ADVANCED,
  BLUE_GREEN,
  PRODUCTION_RULE,
  ShiftWorld,
  TEST_RULE,
  TWO_SIDED,
} from '../../../../../test/support/shift-world.js';

function outcomeOf(configuration: object, more: object = {}): { rejection?: { code: string; message: string } } {
  const world = new ShiftWorld();
  world.instance();
  world.definition();
  const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, deploymentConfiguration: configuration };
  return world.command('CreateService', { ...input, ...TWO_SIDED, ...more }) as object;
}
const refusal = (configuration: object, more: object = {}) => outcomeOf(configuration, more).rejection?.message;

const hook = (more: object = {}) => ({
  ...BLUE_GREEN,
  lifecycleHooks: [{ hookTargetArn: 'https://hooks.example/x', lifecycleStages: ['PRE_SCALE_UP'], ...more }],
});

describe('a deployment strategy', () => {
  it.each([
    [{ strategy: 'SUDDEN' }, 'Invalid deployment strategy SUDDEN. Use one of [ROLLING,BLUE_GREEN,LINEAR,CANARY].'],
    [{ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1_441 }, 'Invalid bakeTimeInMinutes 1441: it must be between 0 and 1440.'],
    [
      { strategy: 'BLUE_GREEN', canaryConfiguration: {} },
      expect.stringContaining('only valid with the deployment strategy CANARY'),
    ],
    [{ strategy: 'LINEAR', linearConfiguration: { stepPercent: 2.9 } }, expect.stringContaining('between 3 and 100')],
    [{ strategy: 'LINEAR', linearConfiguration: { stepPercent: 3.25 } }, expect.stringContaining('multiple of 0.1')],
    [{ strategy: 'CANARY', canaryConfiguration: { canaryPercent: 0 } }, expect.stringContaining('between 0.1 and 100')],
    [hook({ hookTargetArn: undefined }), 'hookTargetArn can not be blank for AWS_LAMBDA hooks.'],
    [hook({ hookTargetArn: 'arn:aws:lambda:eu-west-1:1:function:f' }), expect.stringContaining('no Lambda functions')],
    [hook({ hookTargetArn: 'ftp://hooks.example/' }), expect.stringContaining('a URL of http or https')],
    [hook({ hookTargetArn: 'http://user:word@hooks.example/' }), expect.stringContaining('a URL of http or https')],
    [hook({ lifecycleStages: [] }), 'A lifecycle hook needs at least one of lifecycleStages.'],
    [hook({ lifecycleStages: ['BAKE_TIME'] }), expect.stringContaining('Invalid lifecycle stage BAKE_TIME')],
    [hook({ targetType: 'PAUSE' }), 'hookTargetArn is not applicable for PAUSE hooks.'],
    [
      hook({ targetType: 'PAUSE', hookTargetArn: undefined, lifecycleStages: ['PRODUCTION_TRAFFIC_SHIFT'] }),
      'PAUSE hooks cannot be configured at the lifecycle stage PRODUCTION_TRAFFIC_SHIFT.',
    ],
    [hook({ timeoutConfiguration: { timeoutInMinutes: 20_161 } }), expect.stringContaining('between 1 and 20160')],
    [{ lifecycleHooks: hook().lifecycleHooks }, expect.stringContaining('deployments that move traffic')],
  ])('%j is refused', (configuration, message) => {
    expect(refusal(configuration)).toEqual(message);
  });

  it('is shown with ECS’s defaults, and keeps no configuration of another one', () => {
    const world = new ShiftWorld({ strategy: 'CANARY' });
    world.create();
    const shown = () => (world.query('DescribeServices', { services: ['web'] }) as any).services[0].deploymentConfiguration;
    expect(shown()).toMatchObject({ strategy: 'CANARY', canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 10 } });
    world.given('UpdateService', { service: 'web', deploymentConfiguration: { strategy: 'LINEAR' } });
    expect(shown()).toMatchObject({ linearConfiguration: { stepPercent: 10, stepBakeTimeInMinutes: 6 } });
    expect(shown()).not.toHaveProperty('canaryConfiguration');
  });

  it('that moves traffic is none of a daemon’s', () => {
    expect(refusal(BLUE_GREEN, { schedulingStrategy: 'DAEMON', desiredCount: undefined })).toContain(
      'daemon scheduling strategy',
    );
  });
});

describe('the two sides of a load balancer', () => {
  const sides = (advanced: object) => ({
    loadBalancers: [{ ...behind(GROUP), advancedConfiguration: { ...ADVANCED, ...advanced } }],
  });
  const rules = (targetGroupArns: readonly string[]) => ({
    listenerRules: [PRODUCTION_RULE, TEST_RULE].map((arn) => ({ arn, targetGroupArns })),
  });

  it.each([
    [{ loadBalancers: [behind(GROUP)] }, expect.stringContaining('needs an advancedConfiguration')],
    [sides({ productionListenerRule: undefined }), expect.stringContaining('productionListenerRule can not be blank')],
    [sides({ testListenerRule: PRODUCTION_RULE }), `advancedConfiguration names ${PRODUCTION_RULE} more than once.`],
    [sides({ alternateTargetGroupArn: GROUP }), `advancedConfiguration names ${GROUP} more than once.`],
    [{ targetGroups: [factsOf(GROUP)] }, `The target group with targetGroupArn ${OTHER_GROUP} does not exist.`],
    [{ targetGroups: [factsOf(GROUP), factsOf(OTHER_GROUP, { targetType: 'ip' })] }, expect.stringContaining('incompatible')],
    [{ listenerRules: [] }, `The listener rule with ARN ${PRODUCTION_RULE} does not exist.`],
    [rules([]), expect.stringContaining('must forward to the target groups')],
    [rules([GROUP, 'another']), expect.stringContaining('and to no others')],
  ])('%j are refused', (more, message) => {
    expect(refusal(BLUE_GREEN, more)).toEqual(message);
  });

  it('need no load balancer before, where the rule forwards to one of them only', () => {
    const targetGroups = [factsOf(GROUP), factsOf(OTHER_GROUP, { hasLoadBalancer: false })];
    expect(outcomeOf(BLUE_GREEN, { targetGroups, ...rules([GROUP]) })).toHaveProperty('output');
  });

  it('are shown with the service and its revision', () => {
    const world = new ShiftWorld();
    world.create();
    const [service] = (world.query('DescribeServices', { services: ['web'] }) as any).services;
    expect(service.loadBalancers).toEqual(TWO_SIDED.loadBalancers);
    const arns = [world.primary.serviceRevisionArn];
    expect(world.query('DescribeServiceRevisions', { serviceRevisionArns: arns })).toMatchObject({
      serviceRevisions: [
        { resolvedConfiguration: { loadBalancers: [{ targetGroupArn: GROUP, productionListenerRule: PRODUCTION_RULE }] } },
      ],
    });
  });
});
