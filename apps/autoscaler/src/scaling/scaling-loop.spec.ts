import { seededRandom, silentLogger } from '#lib/platform';
import { ScalingWorld, TARGET } from '../../../../test/support/scaling-world.js';
import { ServiceWorld } from '../../../../test/support/service-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { AlarmLoop } from '../alarms/alarm-loop.js';
import { ofSample } from '../metrics/domain/summary.js';
import { MemoryMetricStore } from '../metrics/memory-metric-store.js';
import { ScalingExplainer } from './scaling-explainer.js';
import { ScalingLoop } from './scaling-loop.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const POLICY = {
  ...TARGET,
  PolicyName: 'depth',
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 10,
    CustomizedMetricSpecification: { Namespace: 'app', MetricName: 'Depth', Statistic: 'Average' },
    ScaleOutCooldown: 30,
    ScaleInCooldown: 30,
  },
};

/** The autoscaler's loops on two journals without a broker. */
class Loops {
  readonly clock = new VirtualClock();
  readonly scaling = new ScalingWorld();
  readonly ecs = new ServiceWorld();
  readonly store = new MemoryMetricStore();
  /** Of the answers of ECS's writer, so many do not arrive. */
  lost = 0;
  sent = 0;
  private readonly answered = new Map<string, object>();
  loop: ScalingLoop;
  private readonly alarms: AlarmLoop;

  constructor() {
    const { clock, store } = this;
    this.loop = this.newLoop();
    this.ecs.create();
    this.ecs.becomeSteady();
    const fold = { state: this.scaling.state, subscribe: () => () => undefined };
    this.alarms = new AlarmLoop({
      fold,
      store,
      unheardOf: () => ({ fromMs: -Infinity, untilMs: 0 }),
      send: this.send,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
  }

  private readonly send = async ({ name, input }: { name: string; input: unknown }) => {
    this.scaling.now = this.clock.now();
    const { output } = this.scaling.command(name, input) as { output: unknown };
    return { output, revision: this.scaling.commits.length };
  };

  /** Another replica, which has what the journals have. */
  newLoop(): ScalingLoop {
    const { clock, scaling, ecs, store } = this;
    return new ScalingLoop({
      fold: {
        state: scaling.state,
        nowMs: () => clock.now(),
        subscribe: () => () => undefined,
      },
      ecs: {
        state: ecs.state,
        get revision() {
          return ecs.commits.length as never;
        },
        caughtUpWithStart: Promise.resolve(),
      },
      store,
      send: this.send,
      toEcs: async (name, { id, input }) => {
        this.sent++;
        const known = this.answered.get(id);
        const answer = known ?? { ...ecs.command(name, input, 'autoscaler'), revision: ecs.commits.length };
        this.answered.set(id, answer);
        return (this.lost-- > 0 ? { unavailable: 'lost' } : answer) as never;
      },
      clock,
      random: seededRandom(2),
      logger: silentLogger,
    });
  }

  explain(): unknown {
    const { scaling, ecs, store, clock } = this;
    const explainer = new ScalingExplainer({ state: scaling.state, nowMs: () => clock.now() }, ecs, store);
    const answer: any = explainer.explain({ input: { service: 'web' }, context: SCOPE } as never);
    return answer.output ?? answer.rejection;
  }

  put(value: number): void {
    const sample = {
      namespace: 'app',
      name: 'Depth',
      dimensions: [],
      unit: 'None',
      atMs: this.clock.now(),
      summary: ofSample(value),
    };
    this.store.put(SCOPE, sample, this.clock.now());
  }

  /** Ten seconds, at whose begin `value` is put; alarms are compared right after. */
  async ten(value?: number): Promise<void> {
    if (value !== undefined) this.put(value);
    await this.clock.advance(14_000 - ((this.clock.now() - 4_000) % 10_000) - 4_000);
    await this.alarms.round();
    // Decided, then sent: the journal wakes the loop for it.
    await this.loop.round();
    await this.loop.round();
    this.ecs.settle();
    this.ecs.becomeSteady();
    await this.loop.round();
  }

  activities(more: object = {}) {
    return this.scaling.ask('DescribeScalingActivities', { ServiceNamespace: 'ecs', ...more }).ScalingActivities;
  }
}

describe('the scaling loop', () => {
  let loops: Loops;
  beforeEach(() => {
    loops = new Loops();
    loops.scaling.target({ MinCapacity: 1, MaxCapacity: 8 });
  });

  it('scales a service out for its load, and in when the load has been gone for a while; the service and the activities say why', async () => {
    loops.scaling.ok('PutScalingPolicy', POLICY);
    await loops.ten(25);
    await loops.ten(25);
    expect(loops.ecs.service.desiredCount).toBe(5);
    const [activity] = loops.activities();
    expect(activity).toMatchObject({
      Description: 'Setting desired count to 5.',
      Cause: expect.stringMatching(
        /^monitor alarm TargetTracking-service\/default\/web-AlarmHigh-[0-9a-f-]+ in state ALARM triggered policy depth$/,
      ),
      StatusCode: 'Successful',
      StatusMessage: 'Successfully set desired count to 5. Change successfully fulfilled by ecs.',
      Details: 'app Depth is 25 (Average of 10 s), > 10, with 2 running tasks; policy depth sets 2 → 5',
    });
    expect(loops.ecs.said).toContainEqual(
      expect.stringMatching(
        /^\(service web\) has its desired count set from 2 to 5 by the autoscaler: monitor alarm .* is 25 \(Average of 10 s\), > 10/,
      ),
    );
    for (let at = 0; at < 20 * 6; at++) await loops.ten(1);
    expect(loops.ecs.service.desiredCount).toBe(1);
    expect(loops.activities()[0].Details).toMatch(
      /^app Depth is 1 \(largest Average of 60 s in 15 periods\), of 10, with 4 running tasks/,
    );
    // First what the busiest of fifteen minutes leaves room for.
    expect(loops.activities().map(({ Description }: { Description: string }) => Description)).toEqual([
      'Setting desired count to 1.',
      'Setting desired count to 4.',
      'Setting desired count to 5.',
    ]);
  });

  it('goes on where another replica stopped, and does no step twice', async () => {
    loops.scaling.ok('PutScalingPolicy', POLICY);
    loops.lost = 1;
    await loops.ten(25);
    loops.loop = loops.newLoop();
    await loops.loop.round();
    await loops.ten();
    expect(loops.sent).toBeGreaterThan(1);
    expect(loops.ecs.service.desiredCount).toBe(5);
    expect(loops.activities()).toHaveLength(1);
  });

  it('says what it leaves, once', async () => {
    loops.scaling.ok('RegisterScalableTarget', { ...TARGET, MaxCapacity: 2 });
    loops.scaling.ok('PutScalingPolicy', POLICY);
    for (let at = 0; at < 4; at++) await loops.ten(25);
    expect(loops.activities()).toEqual([]);
    const [left, ...others] = loops.activities({ IncludeNotScaledActivities: true });
    expect(left.NotScaledReasons).toEqual([{ Code: 'AlreadyAtMaxCapacity', MaxCapacity: 2, CurrentCapacity: 2 }]);
    expect(others).toEqual([]);
  });

  it('brings a desired count within new bounds, once: what its user sets later is theirs', async () => {
    loops.scaling.ok('RegisterScalableTarget', { ...TARGET, MinCapacity: 4 });
    await loops.ten();
    expect(loops.ecs.service.desiredCount).toBe(4);
    expect(loops.activities()[0].Cause).toBe('minimum capacity was set to 4');
    loops.ecs.given('UpdateService', { service: 'web', desiredCount: 1 });
    await loops.ten();
    expect(loops.ecs.service.desiredCount).toBe(1);
  });

  it('gives way when somebody else set the count meanwhile', async () => {
    loops.scaling.ok('RegisterScalableTarget', { ...TARGET, MinCapacity: 4 });
    loops.scaling.now = loops.clock.now();
    await loops.loop.round();
    loops.ecs.given('UpdateService', { service: 'web', desiredCount: 3 });
    await loops.loop.round();
    expect(loops.ecs.service.desiredCount).toBe(3);
    expect(loops.activities()[0]).toMatchObject({
      StatusCode: 'Failed',
      StatusMessage: 'Failed to set desired count to 4. Reason: The desired count is 3 and no longer 2.',
    });
  });

  it.each([3_600_000, -3_600_000])(
    'makes nothing of a clock that is set by %d ms, and scales for the load after it',
    async (stepMs) => {
      loops.scaling.ok('PutScalingPolicy', POLICY);
      // An hour ago it was busier than now, and could not grow: that is where a clock goes back to.
      loops.scaling.ok('RegisterScalableTarget', { ...TARGET, MaxCapacity: 5 });
      for (let at = 0; at < 30; at++) await loops.ten(25);
      for (let at = 0; at < 58 * 6; at++) await loops.ten(9.5);
      loops.scaling.ok('RegisterScalableTarget', { ...TARGET, MaxCapacity: 8 });
      await loops.ten(9.5);
      const { desiredCount } = loops.ecs.service;
      const before = loops.activities().length;
      loops.clock.setWallClock(stepMs);
      for (let at = 0; at < 20 * 6; at++) await loops.ten(9.5);
      expect(loops.ecs.service.desiredCount).toBe(desiredCount);
      expect(loops.activities()).toHaveLength(before);
      await loops.ten(40);
      await loops.ten(40);
      expect(loops.ecs.service.desiredCount).toBe(8);
    },
  );

  it('obeys schedules', async () => {
    loops.scaling.now = loops.clock.now();
    loops.scaling.ok('PutScheduledAction', {
      ...TARGET,
      ScheduledActionName: 'rush',
      Schedule: 'rate(1 minute)',
      ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 3 },
    });
    for (let at = 0; at < 7; at++) await loops.ten();
    expect(loops.ecs.service.desiredCount).toBe(3);
    expect(loops.activities().map(({ Cause }: { Cause: string }) => Cause)).toEqual([
      'minimum capacity was set to 3',
      'scheduled action name rush was triggered',
    ]);
  });

  it('runs a step policy from an alarm of the user’s, also when its state is set by hand', async () => {
    const steps = [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }];
    const { PolicyARN } = loops.scaling.ok('PutScalingPolicy', {
      ...TARGET,
      PolicyName: 'steps',
      StepScalingPolicyConfiguration: { AdjustmentType: 'ChangeInCapacity', StepAdjustments: steps, Cooldown: 60 },
    });
    loops.scaling.alarm('mine', { AlarmActions: [PolicyARN] });
    loops.scaling.ok('SetAlarmState', { AlarmName: 'mine', StateValue: 'ALARM', StateReason: 'a test' });
    await loops.loop.round();
    await loops.loop.round();
    expect(loops.ecs.service.desiredCount).toBe(4);
    expect(loops.activities()[0].Cause).toBe('monitor alarm mine in state ALARM triggered policy steps');
  });

  it('explains of a step policy also the alarms that do not ring', async () => {
    const { PolicyARN } = loops.scaling.ok('PutScalingPolicy', {
      ...TARGET,
      PolicyName: 'steps',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }],
      },
    });
    const metric = { Namespace: 'app', MetricName: 'Depth', Dimensions: [], Period: 10, EvaluationPeriods: 1, Threshold: 10 };
    loops.scaling.alarm('mine', { ...metric, AlarmActions: [PolicyARN] });
    loops.scaling.alarm('other', metric);
    await loops.ten(4);
    await loops.ten(4);
    const { text } = loops.explain() as { text: string };
    expect(text).toContain('It stays at 2: no alarm of its policies rings.');
    expect(text).toMatch(/steps \(step scaling\)\n +OK +mine: app Depth greater than 10 in 1 of 1 periods of 10 s, now 4 /);
    expect(text).not.toContain('other');
  });

  it('takes no step of a policy by a value that nobody has told: an alarm that still rings after its last one does not act again', async () => {
    const { PolicyARN } = loops.scaling.ok('PutScalingPolicy', {
      ...TARGET,
      PolicyName: 'steps',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        StepAdjustments: [
          { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 50, ScalingAdjustment: 1 },
          { MetricIntervalLowerBound: 50, ScalingAdjustment: 3 },
        ],
        Cooldown: 5,
      },
    });
    const metric = { Namespace: 'app', MetricName: 'Depth', Dimensions: [], Statistic: 'Average', Period: 10 };
    loops.scaling.alarm('mine', { ...metric, EvaluationPeriods: 1, Threshold: 10, AlarmActions: [PolicyARN] });
    await loops.ten(75);
    await loops.ten();
    expect(loops.ecs.service.desiredCount).toBe(5);
    // Alarms are compared every ten seconds, policies asked between, too.
    for (let second = 0; second < 60; second++) {
      await loops.clock.advance(1_000);
      await loops.loop.round();
      await loops.loop.round();
    }
    expect(loops.activities()).toHaveLength(1);
    expect(loops.ecs.service.desiredCount).toBe(5);
  });

  it('leaves a target alone whose service is not there', async () => {
    loops.scaling.target({ ResourceId: 'service/default/none', MinCapacity: 3 });
    await loops.ten();
    expect(loops.activities()).toEqual([]);
    expect(loops.scaling.state.scalableTargets.get('000000000000/us-east-1:service/default/none')?.hasNewBounds).toBe(false);
  });
});
