import { type Evolvers, parseArn, required, type Scope, type Table } from '#lib/kernel';
import { certificateEvolvers } from './certificates/evolve.js';
import { discoveryEvolvers } from './discovery/evolve.js';
import type { LoadBalancingEvents } from './events.js';
import { zoneEvolvers } from './zones/evolve.js';
import { type LoadBalancingState, targetKey } from './state.js';
import { withoutTags, withTags } from './tag-input.js';
import type { Listener, Tag, TargetHealth } from './model.js';

/** Puts `change` over the entry. */
function update<V extends object>(table: Table<V>, key: string, what: string, change: (entry: V) => Partial<V>): void {
  const entry = required(table, key, what);
  table.put(key, { ...entry, ...change(entry) });
}

/** What an index finds, before anything of it is changed. */
const listed = <V>(found: Iterable<V>): readonly V[] => [...found];

const scopeOf = (arn: string): Scope => {
  const { accountId, region } = parseArn(arn)!;
  return { accountId, region };
};

function removeListener({ listeners, rules }: LoadBalancingState, arn: string): void {
  for (const rule of listed(rules.by('listener', arn))) rules.delete(rule.arn);
  listeners.delete(arn);
}

/** Whatever can be tagged, with the tags that it has then. */
function retag(state: LoadBalancingState, arn: string, change: (tags: readonly Tag[]) => readonly Tag[]): void {
  // What was requested before what was issued for it: it has the tags.
  const { loadBalancers, listeners, rules, targetGroups, certificateRequests, certificates } = state;
  const tables = [loadBalancers, listeners, rules, targetGroups, certificateRequests, certificates] as const;
  const parsed = parseArn(arn);
  if (parsed?.service === 'servicediscovery') {
    const table: Table<{ readonly tags: readonly Tag[] }> =
      parsed.resourceType === 'namespace' ? state.namespaces : state.discoveryServices;
    return update(table, parsed.resourceId, parsed.resourceType, ({ tags }) => ({ tags: change(tags) }));
  }
  for (const table of tables as readonly Table<{ readonly tags: readonly Tag[] }>[]) {
    if (table.has(arn)) return update(table, arn, 'resource', ({ tags }) => ({ tags: change(tags) }));
  }
  for (const { arn: listener } of listed(state.listeners.by('defaultRule', arn))) {
    update(state.listeners, listener, 'listener', ({ defaultRuleTags = [] }) => ({ defaultRuleTags: change(defaultRuleTags) }));
  }
}

export const loadBalancingEvolvers: Evolvers<LoadBalancingState, LoadBalancingEvents> = {
  LoadBalancerCreated: ({ loadBalancers }, data, { at }) =>
    loadBalancers.put(data.arn, { ...data, state: { code: 'provisioning' }, attributes: {}, createdAt: at }),
  LoadBalancerStateChanged: ({ loadBalancers }, { arn, state }) => update(loadBalancers, arn, 'load balancer', () => ({ state })),
  LoadBalancerAttributesSet: ({ loadBalancers }, { arn, attributes }) =>
    update(loadBalancers, arn, 'load balancer', (known) => ({ attributes: { ...known.attributes, ...attributes } })),
  LoadBalancerNetworkChanged: ({ loadBalancers }, { arn, ...change }) =>
    update(loadBalancers, arn, 'load balancer', () => change),
  LoadBalancerDeleted: (state, { arn }) => {
    for (const listener of listed(state.listeners.by('loadBalancer', arn))) removeListener(state, listener.arn);
    state.loadBalancers.delete(arn);
  },

  ListenerCreated: ({ listeners }, data, { at }) => listeners.put(data.arn, { ...data, attributes: {}, createdAt: at }),
  ListenerModified: ({ listeners }, { arn, ...change }) => {
    const changed = { ...required(listeners, arn, 'listener'), ...change };
    listeners.put(arn, Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null)) as unknown as Listener);
  },
  ListenerCertificatesAdded: ({ listeners }, { arn, certificates }) =>
    update(listeners, arn, 'listener', (known) => ({ certificates: [...known.certificates, ...certificates] })),
  ListenerCertificatesRemoved: ({ listeners }, { arn, certificateArns }) =>
    update(listeners, arn, 'listener', ({ certificates }) => ({
      certificates: certificates.filter(({ CertificateArn }) => !certificateArns.includes(CertificateArn)),
    })),
  ListenerAttributesSet: ({ listeners }, { arn, attributes }) =>
    update(listeners, arn, 'listener', (known) => ({ attributes: { ...known.attributes, ...attributes } })),
  ListenerDeleted: (state, { arn }) => removeListener(state, arn),

  RuleCreated: ({ rules }, data, { at }) => rules.put(data.arn, { ...data, createdAt: at }),
  RuleModified: ({ rules }, { arn, ...change }) => update(rules, arn, 'rule', () => change),
  RulePrioritiesSet: ({ rules }, { priorities }) => {
    for (const { arn, priority } of priorities) update(rules, arn, 'rule', () => ({ priority }));
  },
  RuleDeleted: ({ rules }, { arn }) => rules.delete(arn),

  TargetGroupCreated: ({ targetGroups }, data, { at }) => targetGroups.put(data.arn, { ...data, attributes: {}, createdAt: at }),
  TargetGroupHealthCheckChanged: ({ targetGroups }, { arn, healthCheck }) =>
    update(targetGroups, arn, 'target group', () => ({ healthCheck })),
  TargetGroupAttributesSet: ({ targetGroups }, { arn, attributes }) =>
    update(targetGroups, arn, 'target group', (known) => ({ attributes: { ...known.attributes, ...attributes } })),
  TargetGroupDeleted: ({ targetGroups, targets }, { arn }) => {
    for (const target of listed(targets.by('targetGroup', arn))) targets.delete(targetKey(target));
    targetGroups.delete(arn);
  },

  TargetsRegistered: ({ targets }, { targetGroupArn, targets: registered }, { at }) => {
    for (const target of registered) {
      const name = { targetGroupArn, id: target.id, port: target.port };
      targets.put(targetKey(name), {
        ...target,
        ...scopeOf(targetGroupArn),
        targetGroupArn,
        health: { state: 'initial', reason: 'Elb.RegistrationInProgress', since: at },
        registeredAt: at,
      });
    }
  },
  TargetsDraining: ({ targets }, { targetGroupArn, targets: draining, deadlineAt }, { at }) => {
    for (const { id, port } of draining) {
      const health: TargetHealth = { state: 'draining', reason: 'Target.DeregistrationInProgress', since: at };
      update(targets, targetKey({ targetGroupArn, id, port }), 'target', () => ({ health, drainDeadlineAt: deadlineAt }));
    }
  },
  TargetHealthChanged: ({ targets }, { targetGroupArn, id, port, ...health }, { at }) =>
    update(targets, targetKey({ targetGroupArn, id, port }), 'target', () => ({ health: { ...health, since: at } })),
  TargetsDeregistered: ({ targets }, { targetGroupArn, targets: gone }) => {
    for (const { id, port } of gone) targets.delete(targetKey({ targetGroupArn, id, port }));
  },

  ...discoveryEvolvers,
  ...certificateEvolvers,
  ...zoneEvolvers,

  ResourceTagged: (state, { resourceArn, tags }) => retag(state, resourceArn, (known) => withTags(known, tags)),
  ResourceUntagged: (state, { resourceArn, tagKeys }) => retag(state, resourceArn, (known) => withoutTags(known, tagKeys)),
};

export const loadBalancingEventTypes = Object.keys(loadBalancingEvolvers) as (keyof LoadBalancingEvents)[];
