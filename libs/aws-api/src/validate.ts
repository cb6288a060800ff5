import type { Rejection } from '#lib/kernel';
import { constraintCheck, demandsOf } from './constraints.js';
import type { Constraint, Member, ServiceModel, Shape, StructureShape, Violation } from './model.js';

/**
 * Turns what a protocol decoded into the plain JSON that the apps take (timestamps as ISO-8601 with milliseconds, blobs as
 * base64), or into the error that AWS gives. As AWS does, members that the model does not know are dropped, and `null` is absence;
 * so is an empty string where the model says so (`Member.emptyIsAbsent`): the one place where that is decided.
 * What depends on state, or is said in ECS's own words ("Tasks cannot be empty."), is the deciders' business.
 */
export type CheckedInput = { readonly input: Readonly<Record<string, unknown>> } | { readonly rejection: Rejection };

const MAX_VIOLATIONS = 20;
const MAX_ECHOED_CHARACTERS = 2_048;
/** Nobody's document is as deep; whoever writes it as JSON or compares it does so by recursion. */
const MAX_DOCUMENT_DEPTH = 100;

/** What a service says otherwise than by its one code and AWS's general sentence. */
export interface InputWords {
  readonly notFiniteErrorCode?: string | undefined;
  /** Where the first violation is that a member is not there. */
  readonly missingErrorCode?: string | undefined;
  readonly violationSentence?: ServiceModel['violationSentence'];
}

export function checkInput(
  shape: StructureShape,
  raw: unknown,
  validationErrorCode: string,
  { notFiniteErrorCode = validationErrorCode, missingErrorCode = validationErrorCode, violationSentence }: InputWords = {},
): CheckedInput {
  const check = new InputCheck();
  const input = check.value(shape, raw, NOWHERE);
  if (check.notDecodable !== undefined) {
    return { rejection: { code: 'SerializationException', message: check.notDecodable, status: 400 } };
  }
  if (check.violations.length > 0) {
    const [first] = check.violations;
    const message = violationSentence ? violationSentence(first!) : sentenceOf(check.violations);
    return { rejection: { code: first!.isAbsence ? missingErrorCode : validationErrorCode, message, status: 400 } };
  }
  if (check.sentence !== undefined) {
    return { rejection: { code: validationErrorCode, message: check.sentence, status: 400 } };
  }
  if (check.notFinite !== undefined) return { rejection: { code: notFiniteErrorCode, message: check.notFinite, status: 400 } };
  return { input: input as Readonly<Record<string, unknown>> };
}

/** Where a value is: as the request says it, and as AWS's sentences do, in which a member's name begins with a small letter. */
interface Place {
  readonly sent: string;
  readonly said: string;
  /** In something whose values are never repeated. */
  readonly isSecret: boolean;
}

const NOWHERE: Place = { sent: '', said: '', isSecret: false };

const within = ({ sent, said, isSecret }: Place, name: string, saidName = name): Place => ({
  isSecret,
  sent: sent === '' ? name : `${sent}.${name}`,
  said: said === '' ? saidName : `${said}.${saidName}`,
});

function sentenceOf(violations: readonly Violation[]): string {
  const sentences = violations.map(({ told, at, complaint }) => `${told} at '${at}' failed to satisfy constraint: ${complaint}`);
  return `${sentences.length} validation error${sentences.length === 1 ? '' : 's'} detected: ${sentences.join('; ')}`;
}

class InputCheck {
  /** The first value of a wrong type: nothing after it means anything. */
  notDecodable: string | undefined;
  readonly violations: Violation[] = [];
  /** To the first value for which the service has a sentence of its own. */
  sentence: string | undefined;
  /** To the first double that is no finite number: no app is sent one. */
  notFinite: string | undefined;

  value(shape: Shape, raw: unknown, path: Place): unknown {
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
  private double(raw: unknown, path: Place): unknown {
    if (typeof raw === 'number' && Number.isFinite(raw)) return raw;
    if (typeof raw !== 'number' && !NOT_FINITE.includes(raw)) return this.refuse(raw, 'a Double', path);
    this.notFinite ??= `The value ${raw as number | string} for parameter ${path.sent.replace(/(\d+)\.member/g, 'member.$1')} is invalid.`;
    return undefined;
  }

  private structure(shape: StructureShape, raw: unknown, path: Place): unknown {
    if (!isObject(raw)) return this.refuse(raw, 'a Structure', path);
    const input: Record<string, unknown> = {};
    let set = 0;
    for (const [name, member] of shape.members) {
      // `hasOwn`, because a member may be called like something that every object inherits.
      const given = Object.hasOwn(raw, name) ? raw[name] : undefined;
      const memberPath = within(path, name, `${name.charAt(0).toLowerCase()}${name.slice(1)}`);
      if (isAbsent(member, given)) {
        if (member.required) this.violateByAbsence(memberPath);
        continue;
      }
      set++;
      if (given === '') this.sentence ??= member.emptySentence;
      input[name] = this.element(member, given, memberPath);
    }
    if (shape.kind === 'union' && set !== 1) {
      this.notDecodable ??= `Exactly one member of the union ${shape.name} must be set at '${path.sent}', not ${set}`;
    }
    return input;
  }

  private list(elementMember: Member, raw: readonly unknown[], path: Place): unknown {
    const given = elementMember.emptyIsAbsent ? raw.filter((element) => element !== '') : raw;
    const list = given.map((element, index) => this.value(elementMember.shape, element, within(path, `${index + 1}.member`)));
    this.constrainEach(elementMember, list, list, 'Member', path);
    return list;
  }

  private map(valueMember: Member, raw: Readonly<Record<string, unknown>>, path: Place): unknown {
    // fromEntries defines properties, so a key `__proto__` stays a key.
    const map = Object.fromEntries(
      Object.entries(raw).map(([key, value]) => [key, this.value(valueMember.shape, value, within(path, `${key}.member`))]),
    );
    this.constrainEach(valueMember, Object.values(map), map, 'Map value', path);
    return map;
  }

  /** What the elements have to be is said of the whole list or map, once, and all of it. */
  private constrainEach(member: Member, values: readonly unknown[], whole: unknown, called: string, path: Place): void {
    if (this.notDecodable !== undefined || !member.constraint) return;
    const complaint = values.map(constraintCheck(member.constraint)).find((complaint) => complaint !== undefined);
    if (complaint === undefined) return;
    if (isOwnSentence(member.constraint, complaint)) this.sentence ??= complaint;
    else this.violate(member, whole, path, `${called} must satisfy constraint: [${demandsOf(member.constraint).join(', ')}]`);
  }

  private element(member: Member, raw: unknown, path: Place): unknown {
    const value = this.value(member.shape, raw, member.sensitive ? { ...path, isSecret: true } : path);
    if (this.notDecodable !== undefined || !member.constraint) return value;
    const complaint = constraintCheck(member.constraint)(value);
    if (complaint && isOwnSentence(member.constraint, complaint)) this.sentence ??= complaint;
    else if (complaint) this.violate(member, value, path, complaint);
    return value;
  }

  private violate(member: Member, value: unknown, { said: at, isSecret }: Place, complaint: string): void {
    this.violation({ told: isSecret || holdsSecrets(member) ? 'Value' : `Value '${echo(value)}'`, at, complaint });
  }

  private violateByAbsence({ said: at }: Place): void {
    this.violation({ told: 'Value null', at, complaint: 'Member must not be null', isAbsence: true });
  }

  private violation(violation: Violation): void {
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push(violation);
  }

  private refuse(raw: unknown, wanted: string, path: Place): undefined {
    const where = path.sent === '' ? '' : ` at '${path.sent}'`;
    this.notDecodable ??= `${tokenName(raw)} can not be converted to ${wanted}${where}`;
    return undefined;
  }
}

const NOT_FINITE: readonly unknown[] = ['NaN', 'Infinity', '-Infinity'];

const isAbsent = (member: Member, given: unknown) =>
  given === undefined || given === null || (given === '' && member.emptyIsAbsent === true);

function holdsSecrets({ sensitive, shape }: Member): boolean {
  if (shape.kind === 'list') return sensitive || shape.element.sensitive;
  return sensitive || (shape.kind === 'map' && (shape.key.sensitive || shape.value.sensitive));
}

const isOwnSentence = ({ sentences = {} }: Constraint, complaint: string) => Object.values(sentences).includes(complaint);

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

/** Values as Java writes them: lists in brackets, maps in braces; of structures in them only how many they are. */
function echo(value: unknown): string {
  const text = echoed(value);
  return text.length <= MAX_ECHOED_CHARACTERS ? text : `${text.slice(0, MAX_ECHOED_CHARACTERS)}…`;
}

function echoed(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.some(isNested) ? `[${value.length} elements]` : `[${value.join(', ')}]`;
  const entries = Object.entries(value);
  if (entries.some(([, inner]) => isNested(inner))) return `{${entries.length} entries}`;
  return `{${entries.map(([key, inner]) => `${key}=${String(inner)}`).join(', ')}}`;
}

const isNested = (value: unknown) => typeof value === 'object' && value !== null;
