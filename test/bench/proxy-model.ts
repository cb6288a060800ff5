/** The load balancer's pure part: 500 target groups with 5 targets each, of which one changes. */
import { diff, frontendKey, sectionKey } from '../../apps/load-balancer/src/proxy/diff.js';
import { applied } from '../../apps/load-balancer/src/proxy/commands.js';
import type { ProxyModel } from '../../apps/load-balancer/src/proxy/model.js';
import { ProxyModels } from '../../apps/load-balancer/src/proxy/model-of.js';
import { freeSlot, type Runtime, slotsFor } from '../../apps/load-balancer/src/proxy/runtime.js';
import { slotName } from '../../apps/load-balancer/src/proxy/render.js';
import { forwardTo, ProxyWorld } from '../support/proxy-world.js';
import { interleaved, report } from './figures.js';

const GROUPS = 500;
const TARGETS = 5;
const CHANGES = 50;

const world = new ProxyWorld();
const groups = Array.from({ length: GROUPS }, (_, index) => world.targetGroup(`group-${index}`));
for (const [index, group] of groups.entries()) {
  world.listener(
    world.loadBalancer(`lb-${index}`, `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`),
    80,
    forwardTo(group),
  );
  for (let target = 1; target <= TARGETS; target++) world.target(group, 1_000 + target);
}

const runtimeOf = (model: ProxyModel): Runtime => ({
  frontends: new Map([...model.frontends].map(([name, frontend]) => [name, frontendKey(frontend, new Set())!])),
  sections: new Map([...model.backends].map(([name, backend]) => [name, sectionKey(backend)])),
  maps: new Map([...model.frontends.values()].flatMap(({ maps }) => [...maps])),
  slots: new Map(
    [...model.backends].map(([name, { servers }]) => [
      name,
      Array.from({ length: slotsFor(servers.size) }, (_, index) => freeSlot(slotName(index))),
    ]),
  ),
});

const models = new ProxyModels();
const first = models.modelOf({ state: world.state });
const runtime = runtimeOf(first);
for (const step of diff(first, runtime).steps) applied(runtime, step, 0);

let port = 2_000;
const rounds = await interleaved(10, {
  oneTarget: () => {
    let steps = 0;
    const beganMs = performance.now();
    for (let change = 0; change < CHANGES; change++) {
      const group = groups[(change * 37) % GROUPS]!;
      const [old] = world.state.targets.by('targetGroup', group.arn);
      world.deregister(old!);
      world.target(group, ++port);
      const model = models.modelOf({ state: world.state });
      for (const step of diff(model, runtime).steps) {
        applied(runtime, step, 0);
        steps++;
      }
    }
    if (steps !== 2 * CHANGES) throw new Error(`${steps} steps for ${CHANGES} changes`);
    return (performance.now() - beganMs) / CHANGES;
  },
  fromNothing: () => {
    const beganMs = performance.now();
    const model = new ProxyModels().modelOf({ state: world.state });
    diff(model, runtimeOf(model));
    return performance.now() - beganMs;
  },
});
report(`proxy model of ${GROUPS} target groups with ${TARGETS} targets each`, [
  { what: 'model and diff of one changed target', unit: 'ms', rounds: rounds.oneTarget, target: { atMost: 5 } },
  { what: 'all of it for the first time', unit: 'ms', rounds: rounds.fromNothing },
]);
