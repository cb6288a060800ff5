import { describe, expect, it } from '@jest/globals';
import { ProxyWorld } from '../../../../test/support/proxy-world.js';
import { registrationOf } from '../proxy/registration.js';
import type { TargetView } from '../proxy/target-view.js';
import { drainedTargets } from './drain.js';
import { healthTransitions } from './health-transitions.js';

function world() {
  const made = new ProxyWorld();
  const group = made.targetGroup('g');
  const target = made.target(group, 80, { drainDeadlineAt: '2026-11-28T10:00:00.000Z' });
  const view = (change: Partial<TargetView> = {}): TargetView => ({
    registration: registrationOf(target),
    draining: true,
    health: { state: 'healthy' },
    isIdle: true,
    ...change,
  });
  return { made, group, target, view };
}

describe('a target that is deregistered', () => {
  it('is drained when every live replica says that it is idle, of this registration', () => {
    const { target } = world();
    const idle = [registrationOf(target)];
    const earlier = [{ ...registrationOf(target), registeredAt: 'earlier' }];
    expect(drainedTargets([target], [idle, idle])).toEqual(idle);
    expect(drainedTargets([target], [idle, []])).toEqual([]);
    expect(drainedTargets([target], [idle, earlier])).toEqual([]);
    expect(drainedTargets([target], [])).toEqual([]);
    expect(drainedTargets([{ ...target, drainDeadlineAt: undefined }], [idle])).toEqual([]);
  });
});

describe('transitions of health', () => {
  it('are where the record differs from what HAProxy sees, of targets that are registered', () => {
    const { made, group, target, view } = world();
    const other = made.target(group, 81);
    const seen = view({ registration: registrationOf(other), draining: false });
    expect(healthTransitions(made.state, [view(), seen])).toEqual([{ ...registrationOf(other), state: 'healthy' }]);
    made.target(group, 81, { health: { state: 'healthy', since: 'then' } });
    expect(healthTransitions(made.state, [seen])).toEqual([]);
    made.target(group, 81, { registeredAt: 'later' });
    expect(healthTransitions(made.state, [seen])).toEqual([]);
    made.deregister(target);
    expect(healthTransitions(made.state, [view()])).toEqual([]);
  });
});
