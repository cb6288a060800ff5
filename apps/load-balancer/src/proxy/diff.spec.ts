import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HaproxyModel } from '../../../../test/support/haproxy-model.js';
import { forwardTo, pathPattern, ProxyWorld } from '../../../../test/support/proxy-world.js';
import { applied, commandsOf, payloadsOf } from './commands.js';
import { diff, followingSteps, frontendKey, type ReloadReason, sectionKey, type Step } from './diff.js';
import type { ProxyModel } from './model.js';
import { ProxyModels } from './model-of.js';
import { render, type Settings } from './render.js';
import { parseServersState, parseStat, slotsOf } from './reports.js';
import type { Runtime } from './runtime.js';

const SETTINGS: Settings = {
  directory: '/d',
  socketPath: '/d/s',
  maxConnections: 100,
  longestReloadSeconds: 60,
  accessLog: false,
};
const RISE = 3;

/** A HAProxy, and a data plane without time: what it does between two waits. */
class Plane {
  haproxy!: HaproxyModel;
  runtime!: Runtime;
  readonly reloads: ReloadReason[] = [];

  start(model: ProxyModel): void {
    const before = this.runtime as Runtime | undefined;
    const isUp = (backend: string, address: string) =>
      before?.slots.get(backend)?.some((slot) => slot.address === address && slot.isUp) ?? false;
    const { config, files } = render(model, SETTINGS, isUp);
    this.haproxy = new HaproxyModel(config, files);
    this.runtime = {
      frontends: new Map([...model.frontends].map(([name, frontend]) => [name, frontendKey(frontend, new Set())!])),
      sections: new Map([...model.backends].map(([name, backend]) => [name, sectionKey(backend)])),
      maps: new Map([...model.frontends.values()].flatMap(({ maps }) => [...maps])),
      slots: new Map(),
    };
    this.look();
  }

  look(): void {
    const { runtime, haproxy } = this;
    const states = parseServersState(haproxy.serversState());
    for (const [backend, slots] of slotsOf(states, parseStat(haproxy.stat()), runtime.slots, () => true, 0))
      runtime.slots.set(backend, slots);
  }

  take(step: Step): void {
    if (step.kind === 'map') this.haproxy.replaceMap(step.map, payloadsOf(step.lines));
    else for (const command of commandsOf(step)) this.haproxy.run(command);
    applied(this.runtime, step, 0);
  }

  /** `stepped`: after each step. */
  follow(model: ProxyModel, stepped: () => void = () => undefined): void {
    for (let round = 0; round < 4; round++) {
      this.look();
      const { steps, reload } = diff(model, this.runtime);
      if (steps.length === 0 && reload.length === 0) return;
      for (const step of steps) {
        this.take(step);
        stepped();
      }
      if (reload.length > 0) {
        this.reloads.push(...reload);
        this.start(model);
      }
    }
    throw new Error('there is always something left to do');
  }
}

/** Two target groups behind one listener, of which the second has a rule. */
function balanced() {
  const world = new ProxyWorld();
  const [first, second] = [world.targetGroup('first'), world.targetGroup('second')];
  const listener = world.listener(world.loadBalancer('web', '127.1.0.1'), 80, forwardTo(first));
  const rule = world.rule(listener, 1, [pathPattern('/second/*')], forwardTo(second));
  const models = new ProxyModels();
  return { world, groups: [first, second] as const, listener, rule, modelOf: () => models.modelOf({ state: world.state }) };
}

const draining = { drainDeadlineAt: '2026-11-28T10:00:00.000Z' };
const group = fc.nat(1);
const port = fc.integer({ min: 1, max: 24 });
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('register' as const), group, port }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drain' as const), group, port }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), group, port }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('check' as const), slot: fc.nat(100), passes: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('weights' as const), first: fc.nat(3), second: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('path' as const), path: fc.constantFrom('/a', '/a*', '/b*') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

describe('the steps between a model and a HAProxy', () => {
  it('make the HAProxy what the model says, and nothing is left to do then', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const { world, groups, rule, modelOf } = balanced();
        const plane = new Plane();
        plane.start(modelOf());
        let registrations = 0;
        for (const op of operations) {
          if (op.kind === 'register') world.target(groups[op.group]!, op.port, { registeredAt: String(++registrations) });
          if (op.kind === 'drain' || op.kind === 'remove') {
            const known = [...world.state.targets.by('targetGroup', groups[op.group]!.arn)].find(
              (target) => target.port === op.port,
            );
            if (known && op.kind === 'drain') world.target(groups[op.group]!, op.port, { ...known, ...draining });
            if (known && op.kind === 'remove') world.deregister(known);
          }
          if (op.kind === 'weights') {
            world.state.rules.put(rule.arn, {
              ...world.state.rules.get(rule.arn)!,
              actions: [forwardTo([groups[0], op.first], [groups[1], op.second])],
            });
          }
          if (op.kind === 'path') {
            world.state.rules.put(rule.arn, { ...world.state.rules.get(rule.arn)!, conditions: [pathPattern(op.path)] });
          }
          if (op.kind === 'check') {
            const keys = [...plane.haproxy.servers.keys()];
            plane.haproxy.check(keys[op.slot % keys.length]!, op.passes, RISE);
          }
          const model = modelOf();
          if (op.kind === 'restart') plane.start(model);
          plane.follow(model, () => expect([...plane.haproxy.offered()].filter(({ isProven }) => !isProven)).toEqual([]));
          expectToBe(plane.haproxy, model);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('need no reload for five hundred changes of targets and weights', () => {
    const { world, groups, rule, modelOf } = balanced();
    const plane = new Plane();
    world.state.rules.put(rule.arn, { ...rule, actions: [forwardTo([groups[0], 1], [groups[1], 0])] });
    plane.start(modelOf());
    for (let change = 0; change < 500; change++) {
      const target = world.target(groups[0], 1_000 + change);
      world.state.rules.put(rule.arn, { ...rule, actions: [forwardTo([groups[0], change % 5], [groups[1], 1])] });
      plane.follow(modelOf());
      if (change % 2) world.target(groups[0], target.port, { ...target, ...draining });
      plane.follow(modelOf());
      world.deregister(target);
      plane.follow(modelOf());
    }
    expect(plane.reloads).toEqual([]);
  });

  it('grow the slots by a reload, to at least twice of what is needed', () => {
    const { world, groups, modelOf } = balanced();
    const plane = new Plane();
    plane.start(modelOf());
    for (let count = 1; count <= 40; count++) {
      world.target(groups[0], count);
      plane.follow(modelOf());
    }
    // 8, for 9 targets 32, for 33 targets 128.
    expect(plane.reloads).toEqual(['slots-grown', 'slots-grown']);
    expect([...plane.haproxy.servers.keys()].filter((key) => key.startsWith('tg-first-'))).toHaveLength(128);
  });

  it('name why HAProxy has to be started anew', () => {
    const { world, listener, modelOf } = balanced();
    const plane = new Plane();
    plane.start(modelOf());
    const third = world.targetGroup('third');
    plane.follow(modelOf());
    expect(plane.reloads).toEqual([]);
    world.state.listeners.put(listener.arn, { ...listener, defaultActions: [forwardTo(third)] });
    plane.follow(modelOf());
    expect(plane.reloads.splice(0)).toEqual(['target-group-added']);
    const other = world.listener(world.loadBalancer('other', '127.1.0.2'), 80, forwardTo(third));
    plane.follow(modelOf());
    expect(plane.reloads.splice(0)).toEqual(['listener-added']);
    world.state.targetGroups.put(third.arn, { ...third, attributes: { 'load_balancing.algorithm.type': 'weighted_random' } });
    plane.follow(modelOf());
    expect(plane.reloads.splice(0)).toEqual(['target-group-changed']);
    world.state.listeners.delete(other.arn);
    plane.follow(modelOf());
    expect(plane.reloads).toEqual(['listener-removed']);
  });

  it('let no rule lead to an action that is not there, in whatever order maps change', () => {
    const { world, groups, listener, rule, modelOf } = balanced();
    const plane = new Plane();
    plane.start(modelOf());
    world.state.rules.delete(rule.arn);
    world.rule(listener, 7, [pathPattern('/new/*')], forwardTo(groups[1]));
    const actions = () => new Set(valuesAt(plane.haproxy, 0, '.groups.map'));
    plane.follow(modelOf(), () => {
      const missing = valuesAt(plane.haproxy, 1, '.paths.map').filter((code) => !actions().has(code));
      expect(missing).toEqual([]);
    });
    expect(actions().size).toBe(2);
  });

  it('register a target again as a new one, which has to pass a check first', () => {
    const { world, groups, modelOf } = balanced();
    const plane = new Plane();
    world.target(groups[0], 80);
    plane.start(modelOf());
    plane.follow(modelOf());
    const [key] = [...plane.haproxy.servers].find(([, { address }]) => address === '127.0.0.1:80')!;
    plane.haproxy.check(key, true, RISE);
    plane.follow(modelOf());
    expect([...plane.haproxy.offered()]).toHaveLength(1);
    world.target(groups[0], 80, { registeredAt: 'later' });
    plane.follow(modelOf());
    expect([...plane.haproxy.offered()]).toEqual([]);
  });
});

describe('a process that was replaced', () => {
  it('serves by what its successor knows', () => {
    const { world, groups, modelOf } = balanced();
    const [old, current] = [new Plane(), new Plane()];
    const target = world.target(groups[0], 80);
    for (const plane of [old, current]) {
      plane.start(modelOf());
      plane.follow(modelOf());
    }
    const checkAll = () => {
      for (const [key, { address }] of current.haproxy.servers)
        if (address !== '127.0.0.1:1') current.haproxy.check(key, true, 1);
      current.follow(modelOf());
      for (const step of followingSteps(modelOf(), current.runtime, old.runtime)) old.take(step);
      expect(followingSteps(modelOf(), current.runtime, old.runtime)).toEqual([]);
    };
    const addresses = () => [...old.haproxy.offered()].map(({ address }) => address).sort();
    checkAll();
    expect(addresses()).toEqual(['127.0.0.1:80']);
    world.target(groups[0], 81);
    current.follow(modelOf());
    checkAll();
    expect(addresses()).toEqual(['127.0.0.1:80', '127.0.0.1:81']);
    world.target(groups[0], 80, { ...target, ...draining });
    checkAll();
    expect(addresses()).toEqual(['127.0.0.1:81']);
  });
});

function expectToBe(haproxy: HaproxyModel, model: ProxyModel): void {
  for (const { name, servers } of model.backends.values()) {
    const own = [...haproxy.servers].filter(([key]) => key.startsWith(`${name}/`)).map(([, server]) => server);
    const addresses = (of: typeof own) => of.map(({ address }) => address).sort();
    const wanted = [...servers.values()].filter((server) => !server.draining).map(({ address }) => address);
    expect(addresses(own.filter((server) => !server.isInMaintenance && !server.isDraining))).toEqual(wanted.sort());
    const drained = new Set([...servers.values()].filter((server) => server.draining).map(({ address }) => address));
    expect(own.filter((server) => server.isDraining && (server.isUp || !drained.has(server.address)))).toEqual([]);
  }
  for (const { maps } of model.frontends.values()) {
    for (const [map, lines] of maps) expect(haproxy.maps.get(map)).toEqual(lines);
  }
}

const valuesAt = ({ maps }: HaproxyModel, column: number, ending: string): readonly string[] =>
  [...maps].filter(([name]) => name.endsWith(ending)).flatMap(([, lines]) => lines.map((line) => line.split(' ')[column]!));
