import { isApplication } from './attributes.js';
import { LIMITS } from './limits.js';
import { loadBalancersOf, targetGroupsBehind } from './lookup.js';
import { isOwn, checkArn } from './arns.js';
import type { Action, FixedResponseConfig, ForwardConfig, LoadBalancer, Protocol, RedirectConfig } from './model.js';
import { refusals } from './refusals.js';
import { type LoadBalancingState, targetGroupsOf } from './state.js';

/** An action as the gateway lets it pass: its members are of the right type, and that is all. */
export interface ActionInput {
  readonly Type: string;
  readonly Order?: number;
  readonly TargetGroupArn?: string;
  readonly ForwardConfig?: {
    readonly TargetGroups?: readonly { readonly TargetGroupArn?: string; readonly Weight?: number }[];
    readonly TargetGroupStickinessConfig?: { readonly Enabled?: boolean; readonly DurationSeconds?: number };
  };
  readonly RedirectConfig?: Partial<RedirectConfig>;
  readonly FixedResponseConfig?: Partial<FixedResponseConfig>;
}

const MAX_WEIGHT = 999;
const MAX_STICKINESS_SECONDS = 604_800;
const CONTENT_TYPES = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];

/** What is given for actions, checked and in the form in which ELBv2 tells it. */
export function checkActions(given: readonly ActionInput[], type: LoadBalancer['type']): readonly Action[] {
  if (given.length === 0) throw refusals.validation('You must specify at least one action');
  if (given.length > 1) {
    // The others than the routing ones are authentication, which is not built; two of these can never both be taken.
    const routing = given.filter(({ Type }) => ['forward', 'redirect', 'fixed-response'].includes(Type));
    if (routing.length > 1) {
      throw refusals.of(
        'TooManyActions',
        "Exactly one action of type 'forward', 'redirect' or 'fixed-response' can be specified",
      );
    }
  }
  return given.map((action) => checkAction(action, type));
}

function checkAction(given: ActionInput, type: LoadBalancer['type']): Action {
  const { Type, Order } = given;
  const order = Order === undefined ? {} : { Order };
  if (type === 'network' && Type !== 'forward') {
    throw refusals.invalidAction(`Action type '${Type}' is not supported by network load balancers; it must be 'forward'`);
  }
  switch (Type) {
    case 'forward':
      return { Type, ...order, ...checkForward(given, type) };
    case 'redirect':
      return { Type, ...order, RedirectConfig: checkRedirect(given.RedirectConfig) };
    case 'fixed-response':
      return { Type, ...order, FixedResponseConfig: checkFixedResponse(given.FixedResponseConfig) };
    default:
      throw refusals.unsupported(
        `Longshore has no '${Type}' actions. Use 'forward', 'redirect' or 'fixed-response', and authenticate in the application.`,
      );
  }
}

function checkForward({ TargetGroupArn, ForwardConfig: config }: ActionInput, type: LoadBalancer['type']) {
  const groups = config?.TargetGroups ?? [];
  if (TargetGroupArn === undefined && groups.length === 0) {
    throw refusals.invalidAction("A target group ARN must be specified for actions of type 'forward'");
  }
  if (
    TargetGroupArn !== undefined &&
    groups.length > 0 &&
    !(groups.length === 1 && groups[0]!.TargetGroupArn === TargetGroupArn)
  ) {
    throw refusals.invalidAction(
      "You can specify both ForwardConfig and TargetGroupArn only if you specify one target group and it's the same target group",
    );
  }
  const limit = LIMITS[`target-groups-per-action-on-${type}-load-balancer`];
  if (groups.length > limit) {
    throw refusals.tooMany('TooManyUniqueTargetGroupsPerLoadBalancer', `An action can have at most ${limit} target groups`);
  }
  const TargetGroups = groups.length > 0 ? groups.map(checkWeighted) : [{ TargetGroupArn: TargetGroupArn!, Weight: 1 }];
  if (new Set(TargetGroups.map((group) => group.TargetGroupArn)).size < TargetGroups.length) {
    throw refusals.invalidAction('A target group can be specified only once in an action');
  }
  const ForwardConfig: ForwardConfig = { TargetGroups, TargetGroupStickinessConfig: checkStickiness(config, type) };
  return { ...(TargetGroups.length === 1 ? { TargetGroupArn: TargetGroups[0]!.TargetGroupArn } : {}), ForwardConfig };
}

function checkWeighted({ TargetGroupArn, Weight = 1 }: { readonly TargetGroupArn?: string; readonly Weight?: number }) {
  if (TargetGroupArn === undefined) throw refusals.invalidAction('A target group ARN must be specified for each target group');
  if (Weight < 0 || Weight > MAX_WEIGHT) {
    throw refusals.validation(`Target group weight '${Weight}' must be between '0' and '${MAX_WEIGHT}' inclusive`);
  }
  return { TargetGroupArn, Weight };
}

function checkStickiness(config: ActionInput['ForwardConfig'], type: LoadBalancer['type']) {
  const { Enabled = false, DurationSeconds: given } = config?.TargetGroupStickinessConfig ?? {};
  // Terraform sends 0 for none.
  const DurationSeconds = !Enabled && given === 0 ? undefined : given;
  if (Enabled && type === 'network')
    throw refusals.invalidAction('Target group stickiness is not supported by network load balancers');
  if (Enabled && DurationSeconds === undefined) {
    throw refusals.validation('Target group stickiness duration must be specified when stickiness is enabled');
  }
  if (DurationSeconds !== undefined && (DurationSeconds < 1 || DurationSeconds > MAX_STICKINESS_SECONDS)) {
    throw refusals.validation(
      `Target group stickiness duration '${DurationSeconds}' must be between '1' and '${MAX_STICKINESS_SECONDS}' inclusive`,
    );
  }
  return { Enabled, ...(DurationSeconds === undefined ? {} : { DurationSeconds }) };
}

const PLACEHOLDERS = { Protocol: '#{protocol}', Port: '#{port}', Host: '#{host}', Path: '/#{path}', Query: '#{query}' } as const;

function checkRedirect(config: ActionInput['RedirectConfig']): RedirectConfig {
  if (!config?.StatusCode) throw refusals.invalidAction("A RedirectConfig with a status code must be specified with 'redirect'");
  const redirect: RedirectConfig = {
    ...PLACEHOLDERS,
    ...Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined)),
    StatusCode: config.StatusCode,
  };
  const { Protocol, Port, Host, Path } = redirect;
  const port = /^\d{1,5}$/.test(Port) ? Number(Port) : undefined;
  if (Port !== PLACEHOLDERS.Port && (port === undefined || port < 1 || port > 65_535)) {
    throw refusals.validation(`The redirect port '${Port}' must be between 1 and 65535, or #{port}`);
  }
  if (!Path.startsWith('/')) throw refusals.validation(`The redirect path '${Path}' must begin with '/'`);
  for (const [name, text] of Object.entries(redirect)) checkPlaceholders(name, text);
  const isLoop = Protocol === PLACEHOLDERS.Protocol && Port === PLACEHOLDERS.Port && Host === PLACEHOLDERS.Host;
  if (isLoop && Path === PLACEHOLDERS.Path) {
    throw refusals.invalidAction(
      'The redirect must change the protocol, the port, the host or the path: it would lead to itself otherwise',
    );
  }
  return redirect;
}

/** In the place where it says something; what else has such braces is a mistake of the caller's. A line break would be a header. */
function checkPlaceholders(name: string, text: string): void {
  if (/[^\x20-\x7e]/.test(text)) throw refusals.validation(`The redirect ${name.toLowerCase()} contains invalid characters`);
  for (const [placeholder] of text.matchAll(/#\{[^}]*\}/g)) {
    if (!['#{protocol}', '#{host}', '#{port}', '#{path}', '#{query}'].includes(placeholder)) {
      throw refusals.validation(`The redirect ${name.toLowerCase()} has the unknown placeholder '${placeholder}'`);
    }
  }
}

function checkFixedResponse(config: ActionInput['FixedResponseConfig']): FixedResponseConfig {
  if (!config?.StatusCode)
    throw refusals.invalidAction("A FixedResponseConfig with a status code must be specified with 'fixed-response'");
  const { StatusCode, ContentType, MessageBody } = config;
  if (ContentType && !CONTENT_TYPES.includes(ContentType)) {
    throw refusals.invalidAction(`The ContentType must be one of: ${CONTENT_TYPES.map((type) => `'${type}'`).join(', ')}`);
  }
  return {
    StatusCode,
    ...(ContentType ? { ContentType } : {}),
    ...(MessageBody === undefined ? {} : { MessageBody }),
  };
}

/** `before`: the actions that these take the place of. */
export function checkTargetGroups(
  state: LoadBalancingState,
  loadBalancer: LoadBalancer,
  protocol: Protocol,
  actions: readonly Action[],
  before: readonly Action[] = [],
): void {
  const limited = targetGroupsBehind(state, loadBalancer.arn);
  const added = new Set<string>();
  for (const arn of targetGroupsOf(actions)) {
    checkArn('targetgroup', arn);
    const group = isOwn(arn, loadBalancer) ? state.targetGroups.get(arn) : undefined;
    if (!group) throw refusals.targetGroupNotFound(arn);
    if (!isCompatible(protocol, group.protocol)) {
      throw refusals.of(
        'IncompatibleProtocols',
        `Listener protocol '${protocol}' is not supported with a target group with the protocol '${group.protocol}'`,
      );
    }
    if (loadBalancersOf(state, arn).some((other) => other !== loadBalancer.arn)) {
      throw refusals.of(
        'TargetGroupAssociationLimit',
        `The following target groups cannot be associated with more than one load balancer: ${arn}`,
      );
    }
    if (!limited.has(arn)) added.add(arn);
  }
  const limit = LIMITS['target-groups-per-application-load-balancer'];
  if (added.size > 0 && limited.size + added.size - targetGroupsOf(before).length > limit) {
    throw refusals.tooMany(
      'TooManyUniqueTargetGroupsPerLoadBalancer',
      `The quota of ${limit} target groups for a load balancer has been reached`,
    );
  }
}

const isCompatible = (listener: Protocol, group: Protocol): boolean =>
  isApplication(listener) ? isApplication(group) : listener === 'TLS' ? group === 'TCP' || group === 'TLS' : group === 'TCP';
