import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import { certificateIndexes, type CertificateTables } from './certificates/tables.js';
import { discoveryIndexes, type DiscoveryTables } from './discovery/tables.js';
import { zoneIndexes, type ZoneTables } from './zones/tables.js';
import type { Action, Listener, LoadBalancer, Rule, Target, TargetGroup } from './model.js';

/** The state that the `load-balancing` journal folds to. Keys in comments; ARNs carry account and region, so scopes cannot mix. */
export interface LoadBalancingState extends DiscoveryTables, CertificateTables, ZoneTables {
  /** arn */
  readonly loadBalancers: Table<LoadBalancer>;
  /** arn */
  readonly listeners: Table<Listener>;
  /** arn */
  readonly rules: Table<Rule>;
  /** arn */
  readonly targetGroups: Table<TargetGroup>;
  /** targetKey() */
  readonly targets: Table<Target>;
}

export const newTables = (): Store<LoadBalancingState> =>
  new Store<LoadBalancingState>({
    loadBalancers: {
      scope: (loadBalancer) => scopeKey(loadBalancer),
      name: (loadBalancer) => nameKey(loadBalancer, loadBalancer.name),
      address: ({ addresses }) => addresses.own,
      dnsName: (loadBalancer) => loadBalancer.dnsName,
    },
    listeners: {
      scope: (listener) => scopeKey(listener),
      loadBalancer: (listener) => listener.loadBalancerArn,
      endpoint: (listener) => listener.endpoints,
      defaultRule: (listener) => listener.defaultRuleArn,
      targetGroup: (listener) => targetGroupsOf(listener.defaultActions),
      certificate: (listener) => listener.certificates.map(({ CertificateArn }) => CertificateArn),
    },
    rules: {
      scope: (rule) => scopeKey(rule),
      listener: (rule) => rule.listenerArn,
      loadBalancer: (rule) => rule.loadBalancerArn,
      priority: (rule) => priorityKey(rule.listenerArn, rule.priority),
      targetGroup: (rule) => targetGroupsOf(rule.actions),
    },
    targetGroups: {
      scope: (group) => scopeKey(group),
      name: (group) => nameKey(group, group.name),
    },
    targets: {
      targetGroup: (target) => target.targetGroupArn,
      /** Those that are not draining. */
      registered: (target) => (target.drainDeadlineAt === undefined ? target.targetGroupArn : undefined),
      task: (target) => target.task?.taskArn,
      draining: (target) => (target.drainDeadlineAt === undefined ? undefined : 'yes'),
    },
    ...discoveryIndexes,
    ...certificateIndexes,
    ...zoneIndexes,
  });

export const nameKey = (scope: Scope, name: string): string => `${scopeKey(scope)}/${name}`;
export const priorityKey = (listenerArn: string, priority: number): string => `${listenerArn} ${priority}`;
export const targetKey = ({ targetGroupArn, id, port }: Pick<Target, 'targetGroupArn' | 'id' | 'port'>): string =>
  `${targetGroupArn} ${id} ${port}`;

/** Every target group that the actions send traffic to, each once. */
export const targetGroupsOf = (actions: readonly Action[]): readonly string[] => [
  ...new Set(actions.flatMap(({ ForwardConfig }) => (ForwardConfig?.TargetGroups ?? []).map((group) => group.TargetGroupArn))),
];
