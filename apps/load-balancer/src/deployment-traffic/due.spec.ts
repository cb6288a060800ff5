import { beforeEach, describe, expect, it } from '@jest/globals';
import { behind, factsOf } from '../../../../test/support/balanced-world.js';
import { LoadBalancingWorld } from '../../../../test/support/load-balancing-world.js';
import { nextRevision } from '../../../../test/support/service-world.js';
import { ShiftWorld } from '../../../../test/support/shift-world.js';
import { trafficDue } from './due.js';

/** A service with two sides, the rules that it moves, and what the loop would make of them. */
class World {
  readonly own = new LoadBalancingWorld();
  readonly ecs = new ShiftWorld();
  readonly sides = ['blue', 'green'].map((name) => this.own.targetGroup(name, { TargetType: 'instance' }));
  readonly rule: string;

  constructor(type: 'application' | 'network' = 'application') {
    const [blue, green] = this.sides;
    const isNetwork = type === 'network';
    if (isNetwork)
      this.sides = ['tcp-blue', 'tcp-green'].map((name) =>
        this.own.targetGroup(name, { TargetType: 'instance', Protocol: 'TCP' }),
      );
    const loadBalancer = this.own.loadBalancer('lb', { Type: type });
    const listener = this.own.listener(loadBalancer, this.sides[0]!, isNetwork ? { Protocol: 'TCP' } : {});
    this.rule = isNetwork ? listener : this.own.rule(listener, 1, blue!);
    const targetGroups = this.sides.map((arn) => factsOf(arn));
    const advancedConfiguration = { alternateTargetGroupArn: this.sides[1]!, productionListenerRule: this.rule };
    const loadBalancers = [{ ...behind(this.sides[0]!), advancedConfiguration }];
    const listenerRules = [
      { arn: this.rule, targetGroupArns: [isNetwork ? this.sides[0]! : blue!, ...(isNetwork ? [] : [green!])] },
    ];
    this.ecs.isDeaf = true;
    this.ecs.create({ loadBalancers, targetGroups, listenerRules });
  }

  due() {
    return trafficDue(this.ecs.state, this.own.state, this.ecs.service.serviceArn);
  }

  /** What the loop does with it. */
  act(): void {
    const due = this.due();
    if (!due) return;
    if ('tell' in due) return void this.ecs.given('RecordTraffic', due.tell, 'load-balancer');
    for (const { name, input } of due.modify) this.own.ok(name, input);
    this.act();
  }

  get weights(): readonly number[] {
    const actions = this.own.state.rules.get(this.rule)?.actions ?? this.own.state.listeners.get(this.rule)!.defaultActions;
    return this.sides.map(
      (arn) => actions[0]!.ForwardConfig!.TargetGroups.find(({ TargetGroupArn }) => TargetGroupArn === arn)!.Weight,
    );
  }

  /** Everybody, until only time brings it on. */
  rests(): void {
    for (let round = 0; round < 12; round++) {
      this.ecs.rests();
      this.act();
    }
  }
}

describe.each(['application', 'network'] as const)('the traffic of a deployment behind an %s load balancer', (type) => {
  let world: World;
  beforeEach(() => {
    world = new World(type);
  });

  it('is moved by the weights of its rule, and told when it is so', () => {
    world.rests();
    expect(world.weights).toEqual([100, 0]);
    expect(world.ecs.stage).toBe('BAKE_TIME');
    world.ecs.wait(5 * 60_000);
    world.rests();
    nextRevision(world.ecs);
    world.rests();
    expect(world.weights).toEqual([0, 100]);
    expect(world.due()).toBeUndefined();
    world.ecs.stopsDeployment();
    expect(world.due()).toHaveProperty('modify');
    world.act();
    expect(world.weights).toEqual([100, 0]);
  });
});

describe('the traffic of a deployment', () => {
  it('that was changed by somebody meanwhile is brought back before it is told', () => {
    const world = new World();
    world.ecs.settle();
    world.own.ok('ModifyRule', {
      RuleArn: world.rule,
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: { TargetGroups: world.sides.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 7 })) },
        },
      ],
    });
    world.act();
    expect(world.weights).toEqual([100, 0]);
  });

  it('once told is the users’ to change', () => {
    const world = new World();
    world.rests();
    world.own.ok('ModifyRule', { RuleArn: world.rule, Actions: [{ Type: 'forward', TargetGroupArn: world.sides[0] }] });
    expect(world.due()).toBeUndefined();
  });

  it('keeps the stickiness of its rule', () => {
    const world = new World();
    const TargetGroupStickinessConfig = { Enabled: true, DurationSeconds: 60 };
    const TargetGroups = [{ TargetGroupArn: world.sides[0], Weight: 1 }];
    world.own.ok('ModifyRule', {
      RuleArn: world.rule,
      Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups, TargetGroupStickinessConfig } }],
    });
    world.act();
    expect(world.own.state.rules.get(world.rule)!.actions[0]!.ForwardConfig).toMatchObject({ TargetGroupStickinessConfig });
  });

  it('whose rule is gone says so, and goes on when it is there', () => {
    const world = new World();
    world.own.ok('DeleteRule', { RuleArn: world.rule });
    world.act();
    expect(world.ecs.primary.lifecycle!.shiftReason).toBe(`The listener rule ${world.rule} does not exist.`);
    expect(world.ecs.stage).toBe('PRE_SCALE_UP');
  });

  it('of a service that is deleted is left alone', () => {
    const world = new World();
    world.ecs.given('DeleteService', { service: 'web', force: true });
    expect(world.due()).toBeUndefined();
  });
});
