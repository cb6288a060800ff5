import type { Rejection } from '#lib/kernel';
import { constraintCheck } from './constraints.js';
import type { Constraint, Member, Shape, StructureShape } from './model.js';

/**
 * Turns what a protocol decoded into the plain JSON that the apps take (timestamps as ISO-8601 with milliseconds, blobs as
 * base64), or into the error that AWS gives. As AWS does, members that the model does not know are dropped, and `null` is absence;
 * so is an empty string where the model says so (`Member.emptyIsAbsent`): the one place where that is decided.
 * What depends on state, or is said in ECS's own words ("Tasks cannot be empty."), is the deciders' business.
 */
export type CheckedInput = { readonly input: Readonly<Record<string, unknown>> } | { readonly rejection: Rejection };

const MAX_VIOLATIONS = 20;
const MAX_ECHOED_CHARACTERS = 256;
/** Nobody's document is as deep; whoever writes it as JSON or compares it does so by recursion. */
const MAX_DOCUMENT_DEPTH = 100;

export function checkInput(
  shape: StructureShape,
  raw: unknown,
  validationErrorCode: string,
  notFiniteErrorCode = validationErrorCode,
  missingErrorCode = validationErrorCode,
): CheckedInput {
  const check = new InputCheck();
  const input = check.value(shape, raw, '');
  if (check.notDecodable !== undefined) {
    return { rejection: { code: 'SerializationException', message: check.notDecodable, status: 400 } };
  }
  if (check.violations.length > 0) {
    const count = check.violations.length;
    const message = `${count} validation error${count === 1 ? '' : 's'} detected: ${check.violations.join('; ')}`;
    return { rejection: { code: check.isMissing ? missingErrorCode : validationErrorCode, message, status: 400 } };
  }
  if (check.sentence !== undefined) {
    return { rejection: { code: validationErrorCode, message: check.sentence, status: 400 } };
  }
  if (check.notFinite !== undefined) return { rejection: { code: notFiniteErrorCode, message: check.notFinite, status: 400 } };
  return { input: input as Readonly<Record<string, unknown>> };
}

/**
 * Members begin with a small letter in AWS's sentences, also where their service writes them with a capital (`policyType`, `vPC.vPCRegion`); indices
 * and the keys of maps stay as they are.
 */
const asAwsWrites = (path: string): string =>
  path
    .split('.')
    .map((name, i, all) => (all[i + 1] === 'member' ? name : name.slice(0, 1).toLowerCase() + name.slice(1)))
    .join('.');

class InputCheck {
  /** The first value of a wrong type: nothing after it means anything. */
  notDecodable: string | undefined;
  readonly violations: string[] = [];
  /** The first of them: a member that has to be there is not. */
  isMissing = false;
  /** To the first value for which the service has a sentence of its own. */
  sentence: string | undefined;
  /** To the first double that is no finite number: no app is sent one. */
  notFinite: string | undefined;

  value(shape: Shape, raw: unknown, path: string): unknown {
    switch (shape.kind) {
      case 'structure':
      case 'union':
        return this.structure(shape, raw, path);
      case 'list':
        return Array.isArray(raw) ? this.list(shape.element, raw, path) : this.refuse(raw, 'a List', path);
      case 'map':
        return isObject(raw) ? this.map(shape.value, raw, path) : this.refuse(raw, 'a Map', path);
      case 'string':
        return typeof raw === 'string' ? raw : this.refuse(raw, 'a String', path);
      case 'boolean':
        return typeof raw === 'boolean' ? raw : this.refuse(raw, 'a Boolean', path);
      case 'integer':
        return isInteger(raw, 2 ** 31) ? raw : this.refuse(raw, 'an Integer', path);
      case 'long':
        return isInteger(raw, Number.MAX_SAFE_INTEGER + 1) ? raw : this.refuse(raw, 'a Long', path);
      case 'double':
        return this.double(raw, path);
      case 'timestamp':
        return timestamp(raw) ?? this.refuse(raw, 'a Timestamp', path);
      case 'blob':
        if (raw instanceof Uint8Array) return Buffer.from(raw).toString('base64');
        return isBase64(raw) ? raw : this.refuse(raw, 'a base64 encoded Blob', path);
      case 'document':
        return isDeeperThan(raw, MAX_DOCUMENT_DEPTH) ? this.refuse(raw, `a Document of ${MAX_DOCUMENT_DEPTH} levels`, path) : raw;
    }
  }

  /** JSON and Query write NaN and the infinities as words (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html), CBOR as numbers. */
  private double(raw: unknown, path: string): unknown {
    if (typeof raw === 'number' && Number.isFinite(raw)) return raw;
    if (typeof raw !== 'number' && !NOT_FINITE.includes(raw)) return this.refuse(raw, 'a Double', path);
    this.notFinite ??= `The value ${raw as number | string} for parameter ${path.replace(/(\d+)\.member/g, 'member.$1')} is invalid.`;
    return undefined;
  }

  private structure(shape: StructureShape, raw: unknown, path: string): unknown {
    if (!isObject(raw)) return this.refuse(raw, 'a Structure', path);
    const input: Record<string, unknown> = {};
    let set = 0;
    for (const [name, member] of shape.members) {
      // `hasOwn`, because a member may be called like something that every object inherits.
      const given = Object.hasOwn(raw, name) ? raw[name] : undefined;
      const memberPath = `${at(path)}${name}`;
      if (isAbsent(member, given)) {
        if (member.required) this.violateByAbsence(memberPath);
        continue;
      }
      set++;
      if (given === '') this.sentence ??= member.emptySentence;
      input[name] = this.element(member, given, memberPath);
    }
    if (shape.kind === 'union' && set !== 1) {
      this.notDecodable ??= `Exactly one member of the union ${shape.name} must be set at '${path}', not ${set}`;
    }
    return input;
  }

  private list(elementMember: Member, raw: readonly unknown[], path: string): unknown {
    return raw.flatMap((element, index) =>
      elementMember.emptyIsAbsent && element === ''
        ? []
        : [this.element(elementMember, element, `${at(path)}${index + 1}.member`)],
    );
  }

  private map(valueMember: Member, raw: Readonly<Record<string, unknown>>, path: string): unknown {
    // fromEntries defines properties, so a key `__proto__` stays a key.
    return Object.fromEntries(
      Object.entries(raw).map(([key, value]) => [key, this.element(valueMember, value, `${at(path)}${key}.member`)]),
    );
  }

  private element(member: Member, raw: unknown, path: string): unknown {
    const value = this.value(member.shape, raw, path);
    if (this.notDecodable === undefined && member.constraint) this.constrain(member.constraint, member.sensitive, value, path);
    return value;
  }

  private constrain(constraint: Constraint, sensitive: boolean, value: unknown, path: string): void {
    const complaint = constraintCheck(constraint)(value);
    if (complaint && Object.values(constraint.sentences ?? {}).includes(complaint)) this.sentence ??= complaint;
    else if (complaint) this.violate(sensitive ? 'Value' : `Value '${echo(value)}'`, path, complaint);
  }

  private violateByAbsence(path: string): void {
    if (this.violations.length === 0) this.isMissing = true;
    this.violate('Value null', path, 'Member must not be null');
  }

  private violate(value: string, path: string, complaint: string): void {
    if (this.violations.length < MAX_VIOLATIONS) {
      this.violations.push(`${value} at '${asAwsWrites(path)}' failed to satisfy constraint: ${complaint}`);
    }
  }

  private refuse(raw: unknown, wanted: string, path: string): undefined {
    const where = path === '' ? '' : ` at '${path}'`;
    this.notDecodable ??= `${tokenName(raw)} can not be converted to ${wanted}${where}`;
    return undefined;
  }
}

const NOT_FINITE: readonly unknown[] = ['NaN', 'Infinity', '-Infinity'];

const isAbsent = (member: Member, given: unknown) =>
  given === undefined || given === null || (given === '' && member.emptyIsAbsent === true);

const at = (path: string) => (path === '' ? '' : `${path}.`);

const isObject = (raw: unknown): raw is Record<string, unknown> =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) && !(raw instanceof Uint8Array);

const isInteger = (raw: unknown, bound: number) => Number.isInteger(raw) && (raw as number) >= -bound && (raw as number) < bound;

/** Level by level, because recursion is what a deep value would end. */
function isDeeperThan(raw: unknown, levels: number): boolean {
  let level: readonly unknown[] = [raw];
  for (let depth = 0; depth <= levels && level.length > 0; depth++) {
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return level.length > 0;
}

/** JSON clients send seconds since the epoch (fractions allowed), Query clients ISO-8601; both are taken from both. */
function timestamp(raw: unknown): string | undefined {
  if (typeof raw !== 'number' && !(typeof raw === 'string' && /^\d{4}-\d\d-\d\d([T ]|$)/.test(raw))) return undefined;
  const instant = new Date(typeof raw === 'number' ? Math.round(raw * 1000) : raw);
  // Four-digit years only: everything that reads these strings compares them as text.
  if (Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 0 || instant.getUTCFullYear() > 9999) return undefined;
  return instant.toISOString();
}

const isBase64 = (raw: unknown) => typeof raw === 'string' && raw.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(raw);

/** What AWS's JSON parser calls the token it met. */
function tokenName(raw: unknown): string {
  if (raw === null || raw === undefined) return 'NULL_VALUE';
  if (Array.isArray(raw)) return 'START_ARRAY';
  if (typeof raw === 'boolean') return raw ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof raw === 'number') return Number.isInteger(raw) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  return typeof raw === 'string' ? 'STRING_VALUE' : 'START_OBJECT';
}

function echo(value: unknown): string {
  if (typeof value === 'object')
    return Array.isArray(value) ? `[${value.length} elements]` : `{${Object.keys(value!).length} entries}`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MAX_ECHOED_CHARACTERS ? text : `${text.slice(0, MAX_ECHOED_CHARACTERS)}…`;
}
