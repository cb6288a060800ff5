import type { QueryContext } from '#lib/kernel';
import { kindOf } from '../arns.js';
import { listenerOf, loadBalancerNamed, loadBalancerOf, ruleOf, targetGroupNamed, targetGroupOf } from '../lookup.js';
import type { Action, Listener, LoadBalancer, Rule, Target, TargetGroup } from '../model.js';
import { refusals } from '../refusals.js';
import type { QueryRule, QueryRules } from '../rule-types.js';
import type { LoadBalancingState } from '../state.js';
import { healthView } from '../target-health.js';
import {
  answerText,
  checkText,
  conditionsText,
  counted,
  groupName,
  listenerName,
  type Share,
  sharesOf,
  targetName,
} from './words.js';

/** Exactly one of the two. */
export interface ExplainBalancingInput {
  /** Its name, DNS name or ARN, or the ARN of a listener or a rule of it. */
  readonly loadBalancer?: string;
  /** Its name or ARN. */
  readonly targetGroup?: string;
}

/** Where requests go: what decides it, and what they find there. */
const explainBalancing: QueryRule<ExplainBalancingInput> = (state, { loadBalancer, targetGroup }, caller) => {
  if ((loadBalancer === undefined) === (targetGroup === undefined)) {
    throw refusals.validation('Name what to explain: either a load balancer or a target group.');
  }
  return loadBalancer === undefined
    ? explainGroup(state, groupFor(state, caller, targetGroup!))
    : explainLoadBalancer(state, loadBalancerFor(state, caller, loadBalancer));
};

function loadBalancerFor(state: LoadBalancingState, caller: QueryContext, given: string): LoadBalancer {
  switch (kindOf(given)) {
    case 'loadbalancer':
      return loadBalancerOf(state, caller, given);
    case 'listener':
      return loadBalancerOf(state, caller, listenerOf(state, caller, given).loadBalancerArn);
    case 'listener-rule': {
      const found = ruleOf(state, caller, given);
      return loadBalancerOf(state, caller, ('rule' in found ? found.rule : found.defaultOf).loadBalancerArn);
    }
  }
  const named = loadBalancerNamed(state, caller, given);
  if (named) return named;
  for (const { arn, accountId, region } of state.loadBalancers.by('dnsName', given.toLowerCase())) {
    if (accountId === caller.accountId && region === caller.region) return state.loadBalancers.get(arn)!;
  }
  throw refusals.loadBalancersNotFound([given]);
}

function groupFor(state: LoadBalancingState, caller: QueryContext, given: string): TargetGroup {
  if (kindOf(given) !== undefined) return targetGroupOf(state, caller, given);
  const named = targetGroupNamed(state, caller, given);
  if (!named) throw refusals.targetGroupNotFound(given);
  return named;
}

/** A rule, or what a listener does where none holds. */
interface Route {
  readonly ruleArn: string;
  readonly priority: string;
  readonly when?: string;
  readonly does: string;
  readonly shares: readonly Share[];
}

const routesOf = (state: LoadBalancingState, listener: Listener): readonly Route[] => [
  ...[...state.rules.by('listener', listener.arn)].sort((a, b) => a.priority - b.priority).map(ruleRoute),
  route(listener.defaultRuleArn, 'default', listener.defaultActions),
];

const ruleRoute = ({ arn, priority, conditions, actions }: Rule): Route =>
  route(arn, String(priority), actions, conditionsText(conditions));

function route(ruleArn: string, priority: string, actions: readonly Action[], when?: string): Route {
  const action = actions.at(-1)!;
  const shares = action.ForwardConfig ? sharesOf(action.ForwardConfig) : [];
  return { ruleArn, priority, ...(when === undefined ? {} : { when }), does: answerText(action), shares };
}

function explainLoadBalancer(state: LoadBalancingState, of: LoadBalancer) {
  const listeners = [...state.listeners.by('loadBalancer', of.arn)]
    .sort((a, b) => a.port - b.port)
    .map((listener) => ({ listenerArn: listener.arn, name: listenerName(listener), routes: routesOf(state, listener) }));
  const { code, reason } = of.state;
  const summary = [
    `Load balancer ${of.name} is ${code}${reason === undefined ? '.' : `: ${reason}`}`,
    ...(listeners.length === 0 ? ['It has no listener, so nobody can connect to it.'] : []),
  ].join(' ');
  const { own, containers, shared } = of.addresses;
  const found = [own, ...(containers === undefined ? [] : [`${containers} for containers`]), ...(shared ? [shared] : [])];
  const text = [
    summary,
    `It is found at ${of.dnsName} (${found.join(', ')}).`,
    ...listeners.flatMap(({ name, routes }) => ['', name, ...routes.flatMap((one) => routeLines(state, one))]),
  ].join('\n');
  return { summary, text, loadBalancerArn: of.arn, state: code, listeners };
}

function routeLines(state: LoadBalancingState, { priority, when, does, shares }: Route): readonly string[] {
  const head = `  ${priority.padEnd(8)} ${when === undefined ? '' : `${when}: `}`;
  if (shares.length === 0) return [`${head}${does}`];
  if (shares.every(({ percent }) => percent === 0)) return [`${head}all weights are 0: requests get 503`];
  const lines = shares.map(({ targetGroupArn, percent }) => {
    const share = shares.length === 1 ? '' : `${percent} % to `;
    return `${share}${groupName(targetGroupArn)}: ${healthLine(state, targetGroupArn)}`;
  });
  return lines.length === 1 ? [`${head}${lines[0]}`] : [head.trimEnd(), ...lines.map((line) => `           ${line}`)];
}

function healthLine(state: LoadBalancingState, targetGroupArn: string): string {
  const targets = [...state.targets.by('registered', targetGroupArn)];
  if (targets.length === 0) return 'no target is registered, so requests get 503';
  const healthy = targets.filter(({ health }) => health.state === 'healthy').length;
  const what = `${healthy} of ${counted(targets.length, 'target')} healthy`;
  return healthy === 0 ? `${what}, so requests get 503` : what;
}

function explainGroup(state: LoadBalancingState, group: TargetGroup) {
  const routedBy = routesTo(state, group.arn);
  const targets = [...state.targets.ordered('targetGroup', group.arn)].map((target) => ({
    target,
    ...told(target, routedBy.length > 0),
  }));
  const count = (wanted: string) => targets.filter(({ state: is }) => is === wanted).length;
  const states = ['healthy', 'initial', 'unhealthy', 'draining', 'unused']
    .map((is) => ({ is, count: count(is) }))
    .filter((one) => one.count > 0);
  const summary =
    targets.length === 0
      ? `Target group ${group.name} has no targets.`
      : `Target group ${group.name} has ${counted(targets.length, 'target')}: ${states.map((one) => `${one.count} ${one.is}`).join(', ')}.`;
  const blocks = [
    [summary],
    [
      'Who routes here',
      ...(routedBy.length === 0
        ? ['  No listener and no rule forwards to it, so nothing is sent to its targets, and they are not checked.']
        : routedBy.map((one) => `  ${one.what}`)),
    ],
    ['Health check', `  ${checkText(group)}`],
    targets.length === 0 ? [] : ['Targets', ...targets.flatMap(({ target, why }) => [`  ${targetName(target)}`, `    ${why}`])],
  ];
  return {
    summary,
    text: blocks
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join('\n'))
      .join('\n\n'),
    targetGroupArn: group.arn,
    routedBy,
    targets: targets.map(({ target: { id, port, task }, state: is, why }) => ({
      id,
      port,
      state: is,
      why,
      ...(task === undefined ? {} : { taskArn: task.taskArn }),
    })),
  };
}

/** What a target is, since when, and why. */
function told(
  { health, registeredAt, drainDeadlineAt }: Target,
  isInUse: boolean,
): { readonly state: string; readonly why: string } {
  if (drainDeadlineAt !== undefined) {
    const until = `it is gone when what it has is answered, ${drainDeadlineAt} at the latest`;
    return { state: 'draining', why: `draining since ${health.since}: nothing new is sent to it; ${until}` };
  }
  if (!isInUse) return { state: 'unused', why: `unused, registered at ${registeredAt}: nothing forwards to its target group` };
  const { State, Reason, Description } = { Reason: undefined, Description: undefined, ...healthView(health) };
  return {
    state: State,
    why: `${State} since ${health.since}${Reason === undefined ? '' : `: ${Description} (${Reason})`}`,
  };
}

/** Every listener and rule that sends something there, and how much of what it gets. */
function routesTo(state: LoadBalancingState, targetGroupArn: string) {
  const listeners = new Set<Listener>(state.listeners.by('targetGroup', targetGroupArn));
  for (const { listenerArn } of state.rules.by('targetGroup', targetGroupArn)) listeners.add(state.listeners.get(listenerArn)!);
  return [...listeners].flatMap((listener) => {
    const { name } = state.loadBalancers.get(listener.loadBalancerArn)!;
    return routesOf(state, listener).flatMap(({ ruleArn, priority, when, shares }) => {
      const share = shares.find((one) => one.targetGroupArn === targetGroupArn);
      if (!share) return [];
      const which = when === undefined ? 'the default rule' : `rule ${priority} (${when})`;
      const what = `load balancer ${name}, ${listenerName(listener)}, ${which}: ${share.percent} % of its requests`;
      return [{ loadBalancerArn: listener.loadBalancerArn, listenerArn: listener.arn, ruleArn, percent: share.percent, what }];
    });
  });
}

export const explainQueries: QueryRules = { ExplainBalancing: explainBalancing };
