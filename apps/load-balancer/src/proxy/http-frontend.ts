import { attributeOf, isEnabled, secondsOf } from '../domain/attributes.js';
import type { Action, ForwardConfig, Listener, LoadBalancer, Rule } from '../domain/model.js';
import { answerOf, transformLines } from './actions.js';
import { aclsOf } from './conditions.js';
import { backendName, NO_TARGET_GROUP, quoted } from './config-text.js';
import { DEFAULT_RULE, ruleCode, SIDES } from './rule-code.js';
import { indexOf, keysOf } from './rule-index.js';
import { ranges, type Share } from './weights.js';

/** A listener as its rules say. */
export interface ListenerRules {
  readonly loadBalancer: LoadBalancer;
  readonly listener: Listener;
  /** By rising priority. */
  readonly rules: readonly Rule[];
}

export interface Section {
  readonly lines: readonly string[];
  readonly maps: ReadonlyMap<string, readonly string[]>;
  readonly files: ReadonlyMap<string, string>;
}

interface CodedRule {
  readonly code: number;
  readonly conditions: Rule['conditions'];
  readonly action: Action;
  readonly transforms: Rule['transforms'];
}

export function httpFrontend(name: string, { loadBalancer, listener, rules }: ListenerRules): Section {
  const coded: readonly CodedRule[] = rules.map(({ arn, priority, conditions, actions, transforms }) => ({
    code: ruleCode(priority, arn),
    conditions,
    action: actions.at(-1)!,
    transforms,
  }));
  const all: readonly CodedRule[] = [
    ...coded,
    { code: DEFAULT_RULE, conditions: [], action: listener.defaultActions.at(-1)!, transforms: [] },
  ];
  const selection = selectionOf(name, coded);
  const isPlain = all.length === 1 && all[0]!.action.Type === 'forward';
  const answers = all.map(({ code, action }) => answerOf(action, listener, `if ${isRule(code)}`));
  const forwarding = forwardingOf(name, all, isPlain ? `int(${DEFAULT_RULE})` : 'var(txn.rule)');
  return {
    lines: [
      'mode http',
      ...timeouts(loadBalancer),
      ...requestHeaders(loadBalancer, listener),
      // Each line costs every request something: a listener without rules does without theirs.
      ...(isPlain ? [] : selection.lines),
      ...answers.flatMap((answer) => answer?.lines ?? []),
      ...all.flatMap(({ code, transforms }) => transformLines(transforms, `if ${isRule(code)}`)),
      ...forwarding.lines,
      ...responseHeaders(listener),
    ],
    maps: new Map([...selection.maps, ...forwarding.maps]),
    files: new Map(answers.flatMap((answer) => [...(answer?.files ?? [])])),
  };
}

const isRule = (code: number): string => `{ var(txn.rule) -m int eq ${code} }`;

const timeouts = (loadBalancer: LoadBalancer): readonly string[] => {
  const idle = `${secondsOf(loadBalancer, 'idle_timeout.timeout_seconds')}s`;
  return [`timeout client ${idle}`, `timeout http-keep-alive ${idle}`];
};

/** Before anything else: what clients say of themselves in the load balancer's name is replaced, or gone on with. */
function requestHeaders(loadBalancer: LoadBalancer, listener: Listener): readonly string[] {
  const withPort = isEnabled(loadBalancer, 'routing.http.xff_client_port.enabled');
  const client = withPort ? '%[src]:%[src_port]' : '%[src]';
  const forwardedFor = {
    append: [
      `http-request set-header X-Forwarded-For '%[req.fhdr(X-Forwarded-For)], ${client}' if { req.hdr(X-Forwarded-For) -m found }`,
      withPort
        ? `http-request set-header X-Forwarded-For ${client} if !{ req.hdr(X-Forwarded-For) -m found }`
        : 'option forwardfor if-none',
    ],
    preserve: [],
    remove: ['http-request del-header X-Forwarded-For'],
  }[attributeOf(loadBalancer, 'routing.http.xff_header_processing.mode') as 'append' | 'preserve' | 'remove'];
  return [
    ...(isEnabled(loadBalancer, 'routing.http.drop_invalid_header_fields.enabled')
      ? ["http-request del-header '[^A-Za-z0-9-]' -m reg"]
      : []),
    ...forwardedFor,
    `http-request set-header X-Forwarded-Proto ${listener.protocol.toLowerCase()}`,
    `http-request set-header X-Forwarded-Port ${listener.port}`,
    ...TRACE_ID,
    ...(listener.protocol === 'HTTPS' && isEnabled(loadBalancer, 'routing.http.x_amzn_tls_version_and_cipher_suite.enabled')
      ? [
          'http-request set-header X-Amzn-Tls-Version %[ssl_fc_protocol]',
          'http-request set-header X-Amzn-Tls-Cipher-Suite %[ssl_fc_cipher]',
        ]
      : []),
  ];
}

/**
 * `1-` seconds in hex `-` 24 random digits, which cost less one by one than cut out of a UUID. A request that is traced already keeps its root,
 * and gets the load balancer's id as `Self` before it, in the place of another load balancer's.
 */
const LAST_8_DIGITS = 'hex,bytes(8,8),lower';
const TRACE_NUMBER = `1-%[date,${LAST_8_DIGITS}]-${`%[rand,${LAST_8_DIGITS}]`.repeat(3)}`;
const TRACED = '{ req.hdr(X-Amzn-Trace-Id) -m found }';
const TRACE_ID = [
  `http-request set-header X-Amzn-Trace-Id 'Self=${TRACE_NUMBER};%[req.fhdr(X-Amzn-Trace-Id),regsub("Self=[^;]*;?","",g)]' if ${TRACED}`,
  `http-request set-header X-Amzn-Trace-Id Root=${TRACE_NUMBER} if !${TRACED}`,
];

/** Leaves the code of the first rule that holds in `txn.rule`. */
function selectionOf(name: string, rules: readonly CodedRule[]): Pick<Section, 'lines' | 'maps'> {
  const indexed = rules.filter(({ conditions }) => keysOf(conditions) !== undefined);
  const others = rules.filter(({ conditions }) => keysOf(conditions) === undefined);
  const { byPath, byHost } = indexOf(indexed);
  const [pathMap, hostMap] = [`${name}.paths.map`, `${name}.hosts.map`];
  const lines = [`http-request set-var(txn.rule) int(${DEFAULT_RULE})`];
  const maps = new Map<string, readonly string[]>();
  // The maps are there as soon as there is a rule, so that the second one needs no reload.
  if (rules.length > 0) {
    lines.push(
      `http-request set-var(txn.rule) path,concat(?),map_beg_int(${pathMap},${DEFAULT_RULE})`,
      `http-request set-var(txn.path) path`,
      `http-request set-var(txn.hosted) req.hdr(host),host_only,lower,concat(,txn.path,?),map_beg_int(${hostMap},${DEFAULT_RULE})`,
      'http-request set-var(txn.rule) var(txn.hosted) if { var(txn.hosted),sub(txn.rule) lt 0 }',
    );
    maps.set(
      pathMap,
      [...byPath].map(([key, code]) => `${key} ${code}`),
    );
    maps.set(
      hostMap,
      [...byHost].map(([key, code]) => `${key} ${code}`),
    );
  }
  for (const { code, conditions } of others) {
    lines.push(`http-request set-var(txn.rule) int(${code}) if { var(txn.rule) -m int gt ${code} } ${aclsOf(conditions)}`);
  }
  return { lines, maps };
}

/**
 * Sends a request where its rule forwards to. A rule with one target group names its backend in the first map; one with several has
 * numbers in the second, and each backend a share of them; the second one is there where an action names several. Both change without a reload, so that weights can be moved any time.
 */
function forwardingOf(name: string, rules: readonly CodedRule[], rule: string): Pick<Section, 'lines' | 'maps'> {
  const [groupMap, shareMap, stickyMap] = [`${name}.groups.map`, `${name}.shares.map`, `${name}.sticky.map`];
  const groups: string[] = [];
  const shares: string[] = [];
  const sticky: string[] = [];
  for (const { code, action } of rules) {
    const config = action.ForwardConfig;
    if (!config) continue;
    const routed = sharesOf(config).filter(({ weight }) => weight > 0);
    // With no weight at all there is no target either: neither map has it.
    if (routed.length === 1) groups.push(`${code} ${routed[0]!.backend}`);
    else shares.push(...ranges(routed, code));
    const { Enabled, DurationSeconds } = config.TargetGroupStickinessConfig;
    if (Enabled) sticky.push(`${code} ${DurationSeconds}`, ...routed.map(({ backend }) => `${code}.${backend} ${backend}`));
  }
  const lines = [`http-request set-var(txn.group) ${rule},map_str(${groupMap})`];
  const maps = new Map([[groupMap, groups]]);
  if (rules.some(({ action }) => (action.ForwardConfig?.TargetGroups.length ?? 0) > 1)) {
    lines.push(
      `http-request set-var(txn.base) ${rule},mul(${SIDES}) if !{ var(txn.group) -m beg tg- }`,
      `http-request set-var(txn.group) rand(${SIDES}),add(txn.base),map_int(${shareMap}) if !{ var(txn.group) -m beg tg- }`,
    );
    maps.set(shareMap, shares);
  }
  if (sticky.length > 0) {
    lines.push(...stickyLines(stickyMap, rule));
    maps.set(stickyMap, sticky);
  }
  return { lines: [...lines, 'use_backend %[var(txn.group)]', `default_backend ${NO_TARGET_GROUP}`], maps };
}

export const sharesOf = ({ TargetGroups }: ForwardConfig): readonly Share[] =>
  TargetGroups.map(({ TargetGroupArn, Weight }) => ({ backend: backendName(TargetGroupArn), weight: Weight }));

/** The client's earlier target group, as long as it has a share; told anew with each answer, which is how it lasts. */
const stickyLines = (stickyMap: string, rule: string): readonly string[] => [
  'http-request set-var(txn.stuck) req.cook(AWSALBTG)',
  `http-request set-var(txn.stuck) ${rule},concat(.,txn.stuck),map_str(${stickyMap})`,
  `http-request set-var(txn.group) var(txn.stuck) if { var(txn.stuck) -m beg tg- }`,
  `http-request set-var(txn.sticky) ${rule},map_str(${stickyMap})`,
  `http-after-response add-header Set-Cookie 'AWSALBTG=%[var(txn.group)]; Max-Age=%[var(txn.sticky)]; Path=/' if { var(txn.sticky) -m found }`,
];

/** Attributes of listeners that set, or take away, a header of every answer. */
function responseHeaders(listener: Listener): readonly string[] {
  const set = Object.entries(listener.attributes).flatMap(([key, value]) => {
    const [, header] = /^routing\.http\.response\.(\w+)\.header_value$/.exec(key) ?? [];
    return header === undefined || value === ''
      ? []
      : [`http-after-response set-header ${header.replaceAll('_', '-')} ${quoted(value.replaceAll('%', '%%'))}`];
  });
  const hidden = !isEnabled(listener, 'routing.http.response.server.enabled');
  return [...set, ...(hidden ? ['http-after-response del-header Server'] : [])];
}
