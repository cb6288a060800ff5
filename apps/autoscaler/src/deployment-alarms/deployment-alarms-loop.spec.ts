import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Commit, CommitListener, Revision } from '#lib/journal';
import { seededRandom, silentLogger } from '#lib/platform';
import { ScalingWorld } from '../../../../test/support/scaling-world.js';
import { nextRevision, rollouts, ServiceWorld } from '../../../../test/support/service-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { DeploymentAlarmsLoop } from './deployment-alarms-loop.js';

const deploymentConfiguration = { alarms: { enable: true, rollback: true, alarmNames: ['errors', 'nobody-made-it'] } };

/** A world whose commits are told. */
function told(world: { commits: Commit[] }) {
  const listeners: ((commit: Commit) => void)[] = [];
  let from = 0;
  return {
    subscribe: (listener: CommitListener) => {
      listeners.push((commit) => listener(commit, from as Revision));
      return () => undefined;
    },
    tell() {
      for (const commit of world.commits.slice(from)) for (const listener of listeners) listener(commit);
      from = world.commits.length;
    },
  };
}

describe('the alarms of deployments', () => {
  let [clock, ecs, scaling] = [new VirtualClock(), new ServiceWorld(), new ScalingWorld()];
  let journals: { tell(): void }[];
  let loop: DeploymentAlarmsLoop;
  let unavailable: number;
  let sent: number;

  /** What both journals have is heard, and acted upon. */
  const pass = async (ms = 100) => {
    for (const journal of journals) journal.tell();
    await clock.advance(ms);
  };
  const alarmIs = (StateValue: string) => {
    scaling.now = ecs.now;
    scaling.ok('SetAlarmState', { AlarmName: 'errors', StateValue, StateReason: 'a test' });
  };
  const seen = () => [...ecs.state.serviceDeployments.values()].at(-1)!.alarms;

  beforeEach(async () => {
    [clock, ecs, scaling] = [new VirtualClock(), new ServiceWorld(), new ScalingWorld()];
    [unavailable, sent] = [0, 0];
    const [ofEcs, ofScaling] = [told(ecs), told(scaling)];
    journals = [ofEcs, ofScaling];
    loop = new DeploymentAlarmsLoop({
      ecs: { state: ecs.state, subscribe: ofEcs.subscribe, caughtUpWithStart: Promise.resolve() },
      own: { state: scaling.state, subscribe: ofScaling.subscribe },
      toEcs: async (name, { input }) => {
        sent++;
        if (unavailable-- > 0) return { unavailable: 'lost' } as never;
        return { ...ecs.command(name, input, 'autoscaler'), revision: ecs.commits.length } as never;
      },
      isWriter: () => true,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
    loop.start();
    await pass();
    scaling.alarm('errors', { Period: 30, EvaluationPeriods: 2 });
    ecs.create({ deploymentConfiguration });
    await pass();
  });
  afterEach(async () => {
    const stopped = loop.stop();
    await clock.advance(1_000);
    await stopped;
  });

  it('are told when a deployment begins: how long they need, and that none speaks against it', () => {
    expect(seen()).toEqual({ bakeSeconds: 75, triggeredAlarmNames: [] });
  });

  it('are told once', async () => {
    await pass(60_000);
    expect(sent).toBe(1);
  });

  it('end it when one goes to ALARM, also when the first telling of it was lost', async () => {
    ecs.becomeSteady();
    ecs.wait(80_000);
    ecs.becomeSteady();
    nextRevision(ecs, {});
    await pass();
    unavailable = 1;
    alarmIs('ALARM');
    await pass(1_000);
    expect(seen()!.triggeredAlarmNames).toEqual(['errors']);
    ecs.becomeSteady();
    expect(rollouts(ecs)).toEqual(['PRIMARY COMPLETED']);
    expect(ecs.service.taskDefinitionArn).toMatch(/:1$/);
  });

  it('do not end a deployment that was begun while one was in ALARM, unless it goes there again', async () => {
    alarmIs('ALARM');
    ecs.wait(1_000);
    nextRevision(ecs, {});
    await pass();
    expect(seen()!.triggeredAlarmNames).toEqual([]);
    for (const state of ['OK', 'ALARM']) alarmIs(state);
    await pass();
    expect(seen()!.triggeredAlarmNames).toEqual(['errors']);
  });

  it('may be composite: they look back as far as their alarms do', async () => {
    scaling.alarm('slow', { Period: 60, EvaluationPeriods: 3 });
    scaling.ok('PutCompositeAlarm', { AlarmName: 'nobody-made-it', AlarmRule: 'ALARM(slow) OR ALARM(errors)' });
    ecs.becomeSteady();
    ecs.wait(80_000);
    ecs.becomeSteady();
    nextRevision(ecs, {});
    await pass();
    expect(seen()!.bakeSeconds).toBe(195);
    alarmIs('ALARM');
    await pass();
    expect([...seen()!.triggeredAlarmNames].sort()).toEqual(['errors', 'nobody-made-it']);
  });
});
