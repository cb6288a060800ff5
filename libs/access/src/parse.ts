import { NULL_OPERATOR, OPERATORS } from './conditions.js';
import type { Condition, Patterns, Policy, Statement } from './policy.js';

/** IAM's limit of a managed policy; whitespace does not count. */
export const MAX_POLICY_CHARACTERS = 6_144;
/** With whitespace: what is parsed at all. */
const MAX_TEXT_CHARACTERS = 65_536;
const VERSIONS = ['2012-10-17', '2008-10-17'];

export type Malformed = { readonly malformed: string };
export const isMalformed = (parsed: Policy | Malformed): parsed is Malformed => 'malformed' in parsed;

/**
 * Reads a policy document; whatever it cannot honour is refused with a sentence, because a statement that is taken and never applies
 * would be a right that nobody has, or a prohibition that nobody keeps. `isKey`: whether a condition key is one that requests have.
 */
export function parsePolicyDocument(text: string, isKey: (key: string) => boolean): Policy | Malformed {
  try {
    return { statements: statementsOf(text).map((statement) => statementOf(statement, isKey)) };
  } catch (error) {
    if (error instanceof Flaw) return { malformed: error.message };
    throw error;
  }
}

/** Leaves the parser early; never leaves this file. */
class Flaw extends Error {}
const flaw = (sentence: string) => new Flaw(sentence);

function statementsOf(text: string): readonly unknown[] {
  if (text.length > MAX_TEXT_CHARACTERS || text.replaceAll(/\s/g, '').length > MAX_POLICY_CHARACTERS) {
    throw flaw(`Cannot exceed quota for PolicySize: ${MAX_POLICY_CHARACTERS}`);
  }
  const document = jsonOf(text);
  if (!isObject(document)) throw flaw('Syntax errors in policy. The document has to be a JSON object.');
  const unknown = Object.keys(document).find((name) => !['Version', 'Id', 'Statement'].includes(name));
  if (unknown !== undefined) throw flaw(`Syntax errors in policy. A policy has no element ${quoted(unknown)}.`);
  const { Version: version } = document;
  if (version !== undefined && !VERSIONS.includes(version as string)) {
    throw flaw(`Syntax errors in policy. Version has to be one of ${VERSIONS.join(', ')}.`);
  }
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  if (document.Statement === undefined || statements.length === 0) throw flaw('Syntax errors in policy. It needs a Statement.');
  const sids = statements.flatMap((statement: unknown) => (isObject(statement) && statement.Sid ? [statement.Sid] : []));
  if (new Set(sids).size < sids.length) throw flaw('Statement IDs (SID) in a single policy must be unique.');
  return statements;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw flaw('Syntax errors in policy. The document is not JSON.');
    throw error;
  }
}

const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

function statementOf(statement: unknown, isKey: (key: string) => boolean): Statement {
  if (!isObject(statement)) throw flaw('Syntax errors in policy. A statement has to be a JSON object.');
  if ('Principal' in statement || 'NotPrincipal' in statement) throw flaw('Policy document should not specify a principal.');
  const unknown = Object.keys(statement).find((name) => !ELEMENTS.includes(name));
  if (unknown !== undefined) throw flaw(`Syntax errors in policy. A statement has no element ${quoted(unknown)}.`);
  const { Sid: sid, Effect: effect } = statement;
  if (sid !== undefined && !(typeof sid === 'string' && /^[a-zA-Z0-9]*$/.test(sid))) {
    throw flaw(`Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*`);
  }
  if (effect !== 'Allow' && effect !== 'Deny') throw flaw('Syntax errors in policy. Effect has to be Allow or Deny.');
  return {
    ...(sid ? { sid: sid as string } : {}),
    effect,
    actions: patternsOf(statement, 'Action', checkAction, 'Policy statement must contain actions.'),
    resources: patternsOf(statement, 'Resource', checkResource, 'Policy statement must contain resources.'),
    conditions: conditionsOf(statement.Condition, isKey),
  };
}

function patternsOf(
  statement: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
  check: (pattern: string) => void,
  missing: string,
): Patterns {
  const negated = `Not${name}` in statement;
  if (negated === name in statement) {
    throw flaw(negated ? `Syntax errors in policy. A statement has ${name} or Not${name}, not both.` : missing);
  }
  const patterns = stringsOf(statement[negated ? `Not${name}` : name], name);
  if (patterns.length === 0) throw flaw(missing);
  patterns.forEach(check);
  return { negated, patterns };
}

function checkAction(action: string): void {
  if (action === '*' || /^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action)) return;
  throw flaw(`Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. ${quoted(action)} is not.`);
}

function checkResource(resource: string): void {
  if (resource !== '*' && !resource.startsWith('arn:')) {
    throw flaw(`Resource ${quoted(resource)} must be in ARN format or "*".`);
  }
  checkVariables(resource);
}

/** IAM would put the caller's name or tags there. */
function checkVariables(text: string): void {
  if (text.includes('${')) throw flaw(`Policy variables such as ${quoted(text)} are not supported by Longshore.`);
}

function conditionsOf(block: unknown, isKey: (key: string) => boolean): Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) throw flaw('Syntax errors in policy. Condition has to be a JSON object of operators.');
  return Object.entries(block).flatMap(([name, keys]) => {
    const operator = operatorOf(name);
    if (!isObject(keys)) throw flaw(`Syntax errors in policy. ${quoted(name)} has to be a JSON object of condition keys.`);
    return Object.entries(keys).map(([key, given]) => {
      if (!isKey(key.toLowerCase())) throw flaw(`Condition key ${quoted(key)} is not one that requests to Longshore have.`);
      const values = stringsOf(given, key);
      if (values.length === 0) throw flaw(`Syntax errors in policy. Condition key ${quoted(key)} needs a value.`);
      values.forEach(checkVariables);
      if ([NULL_OPERATOR, 'Bool'].includes(operator.operator) && values.some((value) => !/^(true|false)$/i.test(value))) {
        throw flaw(`Syntax errors in policy. ${operator.operator} takes true or false.`);
      }
      return { ...operator, key: key.toLowerCase(), values };
    });
  });
}

/** `ForAnyValue:StringLikeIfExists` in its parts. */
function operatorOf(name: string): Pick<Condition, 'operator' | 'set' | 'ifExists'> {
  const { set, word = '' } = /^(?:(?<set>ForAnyValue|ForAllValues):)?(?<word>[a-zA-Z]+)$/.exec(name)?.groups ?? {};
  const ifExists = word.endsWith('IfExists');
  const operator = ifExists ? word.slice(0, -'IfExists'.length) : word;
  const isKnown =
    operator === NULL_OPERATOR
      ? !ifExists && set === undefined
      : Object.hasOwn(OPERATORS, operator) && (set === undefined || OPERATORS[operator]!.ofSets);
  if (!isKnown) throw flaw(`Condition operator ${quoted(name)} is not supported by Longshore.`);
  return { operator, ifExists, ...(set ? { set: set as Condition['set'] } : {}) };
}

/** One or a list. Numbers and booleans stand for their text, as in IAM. */
function stringsOf(given: unknown, name: string): string[] {
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  return values.map((value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean' || typeof value === 'number') return String(value);
    throw flaw(`Syntax errors in policy. ${quoted(name)} takes a string or a list of strings.`);
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const quoted = (text: string) => `"${text.slice(0, 100)}"`;
