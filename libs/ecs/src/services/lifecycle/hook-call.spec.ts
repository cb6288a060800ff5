import { nextRevision } from '../../../../../test/support/service-world.js';
import { BLUE_GREEN, shiftWorld } from '../../../../../test/support/shift-world.js';
import { hookAnswerOf, hookCall } from './hook-call.js';

it('a hook is given what ECS gives a function', () => {
  const world = shiftWorld();
  const [blue] = world.service.deployments;
  const hookDetails = { path: '/health' };
  const lifecycleHooks = [{ hookTargetArn: 'http://127.0.0.1/', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'], hookDetails }];
  nextRevision(world, { deploymentConfiguration: { ...BLUE_GREEN, lifecycleHooks } });
  world.rests();
  const { serviceArn } = world.service;
  const green = world.primary;
  const [hook] = green.lifecycle!.hooks!;
  expect(hookCall(world.service, green, hook!)).toEqual({
    executionId: hook!.hookId,
    lifecycleStage: 'POST_TEST_TRAFFIC_SHIFT',
    resourceArn: green.serviceDeploymentArn,
    executionDetails: {
      serviceArn,
      targetServiceRevisionArn: green.serviceRevisionArn,
      testTrafficWeights: { [green.serviceRevisionArn]: 100, [blue!.serviceRevisionArn]: 0 },
      productionTrafficWeights: { [green.serviceRevisionArn]: 0, [blue!.serviceRevisionArn]: 100 },
    },
    hookDetails,
  });
});

it.each([
  [200, '{"hookStatus":"SUCCEEDED"}', { hookStatus: 'SUCCEEDED' }],
  [
    202,
    '{"hookStatus":"IN_PROGRESS","callBackDelay":60,"hookDetails":{"n":1}}',
    { hookStatus: 'IN_PROGRESS', callBackDelay: 60, hookDetails: { n: 1 } },
  ],
  [200, '{"hookStatus":"FAILED"}', { hookStatus: 'FAILED' }],
  [
    200,
    '{"hookStatus":"IN_PROGRESS","callBackDelay":0}',
    { hookStatus: 'FAILED', reason: expect.stringContaining('callBackDelay') },
  ],
  [200, '{"hookStatus":"DONE"}', { hookStatus: 'FAILED', reason: expect.stringContaining('no hookStatus') }],
  [200, 'null', { hookStatus: 'FAILED', reason: expect.stringContaining('no hookStatus') }],
  [200, 'fine', { hookStatus: 'FAILED', reason: 'its answer is no JSON' }],
  [302, '', { hookStatus: 'FAILED', reason: expect.stringContaining('redirects') }],
  [404, '{"hookStatus":"SUCCEEDED"}', { hookStatus: 'FAILED', reason: 'it answered HTTP 404' }],
])('HTTP %d with %s means %j', (status, body, answer) => {
  expect(hookAnswerOf(status, body)).toEqual(answer);
});
