import { isIpv6Cidr, parseCidr } from '#lib/kernel';
import { LIMITS } from './limits.js';
import type { Condition, ConditionField, TextPatterns } from './model.js';
import { refusals } from './refusals.js';
import { checkRegex } from './transforms.js';

/** A condition as the gateway lets it pass. */
export interface ConditionInput {
  readonly Field?: string;
  readonly Values?: readonly string[];
  readonly RegexValues?: readonly string[];
  readonly HostHeaderConfig?: TextPatterns;
  readonly PathPatternConfig?: TextPatterns;
  readonly HttpHeaderConfig?: TextPatterns & { readonly HttpHeaderName?: string };
  readonly HttpRequestMethodConfig?: { readonly Values?: readonly string[] };
  readonly QueryStringConfig?: { readonly Values?: readonly { readonly Key?: string; readonly Value?: string }[] };
  readonly SourceIpConfig?: { readonly Values?: readonly string[] };
}

const FIELDS: readonly ConditionField[] = [
  'host-header',
  'path-pattern',
  'http-header',
  'http-request-method',
  'query-string',
  'source-ip',
];
const CONFIGS = {
  'host-header': 'HostHeaderConfig',
  'path-pattern': 'PathPatternConfig',
  'http-header': 'HttpHeaderConfig',
  'http-request-method': 'HttpRequestMethodConfig',
  'query-string': 'QueryStringConfig',
  'source-ip': 'SourceIpConfig',
} as const satisfies Record<ConditionField, keyof ConditionInput>;

const MAX_CHARACTERS = 128;
/** ELBv2's: one of each of these; headers and query strings may be asked for several times. */
const ONCE: readonly string[] = ['host-header', 'path-pattern', 'http-request-method', 'source-ip'];

/** What is given for a rule's conditions, checked and in the form in which ELBv2 tells it. */
export function checkConditions(given: readonly ConditionInput[]): readonly Condition[] {
  if (given.length === 0) throw refusals.validation('A condition must be specified');
  const conditions = given.map(checkCondition);
  for (const field of ONCE) {
    if (conditions.filter(({ Field }) => Field === field).length > 1) {
      throw refusals.validation(`A rule can only have one '${field}' condition`);
    }
  }
  const texts = conditions.flatMap(textsOf);
  const values = LIMITS['condition-values-per-alb-rule'];
  if (texts.length > values) throw refusals.validation(`Rules cannot have more than '${values}' condition values`);
  const wildcards = texts.reduce((count, text) => count + (text.match(/[*?]/g)?.length ?? 0), 0);
  const limit = LIMITS['condition-wildcards-per-alb-rule'];
  if (wildcards > limit) throw refusals.validation(`Rules cannot have more than '${limit}' wildcards in their condition values`);
  return conditions;
}

function textsOf({ HostHeaderConfig, PathPatternConfig, HttpHeaderConfig, ...others }: Condition): string[] {
  const patterns = [HostHeaderConfig, PathPatternConfig, HttpHeaderConfig].flatMap((config) => [
    ...(config?.Values ?? []),
    ...(config?.RegexValues ?? []).map(() => ''),
  ]);
  const { HttpRequestMethodConfig, QueryStringConfig, SourceIpConfig } = others;
  return [
    ...patterns,
    ...(HttpRequestMethodConfig?.Values ?? []),
    ...(QueryStringConfig?.Values ?? []).map(({ Key = '', Value }) => `${Key}${Value}`),
    ...(SourceIpConfig?.Values ?? []),
  ];
}

function checkCondition(given: ConditionInput): Condition {
  const field = FIELDS.find((known) => known === given.Field);
  if (!field) throw refusals.validation(`Condition field '${given.Field ?? ''}' must be one of '[${FIELDS.join(', ')}]'`);
  for (const [other, config] of Object.entries(CONFIGS)) {
    if (other !== field && given[config] !== undefined) {
      throw refusals.validation(`A '${config}' cannot be specified with '${field}'`);
    }
  }
  const named = field === 'host-header' || field === 'path-pattern';
  if (!named && (given.Values?.length || given.RegexValues?.length)) {
    throw refusals.validation(`The 'Values' field is not compatible with '${field}'`);
  }
  if (!named && given[CONFIGS[field]] === undefined) {
    throw refusals.validation(`A '${CONFIGS[field]}' must be specified with '${field}'`);
  }
  switch (field) {
    case 'host-header':
    case 'path-pattern':
      return checkNamed(field, given);
    case 'http-header':
      return { Field: field, HttpHeaderConfig: checkHeader(given.HttpHeaderConfig!) };
    case 'http-request-method':
      return { Field: field, HttpRequestMethodConfig: { Values: checkMethods(given.HttpRequestMethodConfig!.Values) } };
    case 'query-string':
      return { Field: field, QueryStringConfig: { Values: checkQueryStrings(given.QueryStringConfig!.Values) } };
    case 'source-ip':
      return { Field: field, SourceIpConfig: { Values: checkSources(given.SourceIpConfig!.Values) } };
  }
}

/** Hosts and paths, which older clients give in `Values` and newer ones in a config; both are told then. */
function checkNamed(field: 'host-header' | 'path-pattern', given: ConditionInput): Condition {
  const config = given[CONFIGS[field]];
  if (config && (given.Values?.length || given.RegexValues?.length)) {
    throw refusals.validation(`You cannot provide both Values and '${CONFIGS[field]}' for a condition of type '${field}'`);
  }
  const patterns = checkPatterns(field, config ?? given);
  for (const value of patterns.Values ?? []) {
    const allowed = field === 'host-header' ? /^[A-Za-z0-9.*?-]+$/ : /^[A-Za-z0-9_\-.$/~"'@:+&*?()!,;=%]+$/;
    if (!allowed.test(value)) throw refusals.validation(`The '${field}' value '${value}' contains invalid characters`);
  }
  return { Field: field, ...patterns, [CONFIGS[field]]: patterns };
}

function checkPatterns(field: string, { Values = [], RegexValues = [] }: TextPatterns): TextPatterns {
  if (Values.length === 0 && RegexValues.length === 0) throw refusals.validation('A condition value must be specified');
  if (Values.length > 0 && RegexValues.length > 0) {
    throw refusals.validation(`You cannot provide both Values and RegexValues for a condition of type '${field}'`);
  }
  for (const value of [...Values, ...RegexValues]) checkText(field, value);
  RegexValues.forEach(checkRegex);
  return Values.length > 0 ? { Values } : { RegexValues };
}

function checkText(field: string, value: string): void {
  if (value === '') throw refusals.validation(`The '${field}' value cannot be empty`);
  if (value.length > MAX_CHARACTERS)
    throw refusals.validation(`The '${field}' value is too long; the limit is '${MAX_CHARACTERS}'`);
  if (/[^\x20-\x7e]/.test(value)) throw refusals.validation(`The '${field}' value '${value}' contains invalid characters`);
}

function checkHeader({ HttpHeaderName: name = '', ...patterns }: NonNullable<ConditionInput['HttpHeaderConfig']>) {
  if (name.length > 40) throw refusals.validation("The 'HttpHeaderName' value is too long; the limit is '40'");
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) throw refusals.validation(`The 'HttpHeaderName' value '${name}' is invalid`);
  if (/^host$/i.test(name)) throw refusals.validation("Use a 'host-header' condition for the Host header");
  return { HttpHeaderName: name, ...checkPatterns('http-header', patterns) };
}

function checkMethods(values: readonly string[] = []): readonly string[] {
  if (values.length === 0) throw refusals.validation("A 'http-request-method' value must be specified");
  for (const value of values) {
    if (value.length > 40) throw refusals.validation("The 'http-request-method' value is too long; the limit is '40'");
    if (!/^[A-Z_-]+$/.test(value)) {
      throw refusals.validation(
        "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore",
      );
    }
  }
  return values;
}

function checkQueryStrings(values: readonly { readonly Key?: string; readonly Value?: string }[] = []) {
  if (values.length === 0) throw refusals.validation("A 'query-string' value must be specified");
  return values.map(({ Key, Value }) => {
    if (Value === undefined) throw refusals.validation("A 'Value' must be specified in 'QueryStringKeyValuePair'");
    checkText('Value', Value);
    // Templating tools send an empty key for none.
    if (!Key) return { Value };
    checkText('Key', Key);
    return { Key, Value };
  });
}

function checkSources(values: readonly string[] = []): readonly string[] {
  if (values.length === 0) throw refusals.validation("A 'source-ip' value must be specified");
  for (const value of values) {
    if (!parseCidr(value) && !isIpv6Cidr(value))
      throw refusals.validation(`The 'source-ip' value '${value}' must be in CIDR format`);
  }
  return values;
}
