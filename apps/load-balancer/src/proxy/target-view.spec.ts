import { describe, expect, it } from '@jest/globals';
import { forwardTo, ProxyWorld } from '../../../../test/support/proxy-world.js';
import { ProxyModels } from './model-of.js';
import { freeSlot, type Slot } from './runtime.js';
import { healthOf } from './target-view.js';

function backend(change: { enabled?: boolean } = {}) {
  const world = new ProxyWorld();
  const group = world.targetGroup(
    'g',
    { attributes: { 'longshore.health_check.interval_ms': '1000' } },
    { unhealthyThresholdCount: 3, ...change },
  );
  world.listener(world.loadBalancer('web', '127.1.0.1'), 80, forwardTo(group));
  world.target(group, 80);
  return [...new ProxyModels().modelOf({ state: world.state }).backends.values()][0]!;
}
const slot = (change: Partial<Slot>): Slot => ({ ...freeSlot('s1'), state: 'in', address: '127.0.0.1:80', ...change });

describe('the health of a target', () => {
  it.each<readonly [string, Slot | undefined, string, string | undefined]>([
    ['that HAProxy has not yet', undefined, 'initial', 'Elb.RegistrationInProgress'],
    ['before its first check', slot({ enteredAtMs: 0 }), 'initial', 'Elb.InitialHealthChecking'],
    ['that has failed once', slot({ enteredAtMs: 0, checkStatus: 'L4CON' }), 'initial', 'Elb.InitialHealthChecking'],
    [
      'that was new and failed all along',
      slot({ enteredAtMs: -3_000, checkStatus: 'L4CON' }),
      'unhealthy',
      'Target.FailedHealthChecks',
    ],
    ['that is up', slot({ isUp: true, checkStatus: 'L7OK' }), 'healthy', undefined],
    ['that does not answer', slot({ checkStatus: 'L7TOUT' }), 'unhealthy', 'Target.Timeout'],
    [
      'that answers with another code',
      slot({ checkStatus: 'L7STS', checkCode: '500' }),
      'unhealthy',
      'Target.ResponseCodeMismatch',
    ],
    ['that is on its way up', slot({ checkStatus: 'L7OK', health: 1 }), 'unhealthy', 'Target.FailedHealthChecks'],
  ])('%s', (_what, seen, state, reason) => {
    expect(healthOf(backend(), seen, 100)).toMatchObject(reason === undefined ? { state } : { state, reason });
  });

  it('names the code that was not wanted', () => {
    expect(healthOf(backend(), slot({ checkStatus: 'L7STS', checkCode: '503' }), 0).description).toBe(
      'Health checks failed with these codes: [503]',
    );
  });

  it('is good where nothing is checked', () => {
    expect(healthOf(backend({ enabled: false }), slot({}), 0)).toEqual({ state: 'healthy' });
  });
});
