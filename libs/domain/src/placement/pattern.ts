/**
 * Regular expressions of the query language: a Java pattern that has to match the whole value. Users write them and the
 * control plane runs them for every instance, so they must never backtrack (`(a+)+$` would stop a scheduler for everyone):
 * the pattern becomes a small automaton whose states are all followed at once, in time linear in the value.
 *
 * Everything of Java's syntax that such an automaton can do is here; look-around, back references, boundaries and possessive
 * quantifiers are refused with a sentence.
 */
export type CompiledPattern = { readonly matches: (value: string) => boolean } | { readonly problem: string };

type CharacterTest = (character: string) => boolean;
type Step =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'fork'; readonly to: readonly number[] }
  | { readonly kind: 'start' | 'end' | 'found' };

type Node =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'either'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

const MAX_STEPS = 1_000;

class PatternProblem extends Error {}

export function compilePattern(pattern: string): CompiledPattern {
  try {
    const steps: Step[] = [];
    emit(new PatternParser(pattern).parse(), steps);
    push(steps, { kind: 'found' });
    return { matches: (value) => run(steps, value) };
  } catch (error) {
    if (error instanceof PatternProblem) return { problem: error.message };
    throw error;
  }
}

class PatternParser {
  private at = 0;
  private depth = 0;
  private flags = 'u';
  private readonly characters: readonly string[];

  constructor(pattern: string) {
    this.characters = Array.from(pattern);
  }

  parse(): Node {
    if (this.take('(?i)')) this.flags = 'iu';
    const node = this.either();
    if (this.at < this.characters.length) throw new PatternProblem('a ")" has no "(" before it');
    return node;
  }

  private either(): Node {
    if (++this.depth > 50) throw new PatternProblem('it is nested too deeply');
    const parts = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    this.depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'either', parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek()) {
      if (this.take('\\Q')) parts.push(...this.literal());
      else parts.push(this.repeated(this.atom()));
    }
    return { kind: 'sequence', parts };
  }

  private literal(): Node[] {
    const parts: Node[] = [];
    while (this.at < this.characters.length && !this.take('\\E')) parts.push(this.test(escape(this.next())));
    return parts;
  }

  private repeated(atom: Node): Node {
    let node = atom;
    for (let bounds = this.quantifier(); bounds; bounds = this.quantifier()) {
      if (this.peek() === '+') throw new PatternProblem('possessive quantifiers are not supported');
      // Lazy or greedy is the same when the whole value has to match.
      this.take('?');
      node = { kind: 'repeat', part: node, ...bounds };
    }
    return node;
  }

  private quantifier(): { min: number; max: number } | undefined {
    if (this.take('*')) return { min: 0, max: Infinity };
    if (this.take('+')) return { min: 1, max: Infinity };
    if (this.take('?')) return { min: 0, max: 1 };
    if (!this.take('{')) return undefined;
    const end = this.characters.indexOf('}', this.at);
    const counts = /^(\d{1,4})(,(\d{0,4}))?$/.exec(end < 0 ? '' : this.characters.slice(this.at, end).join(''));
    if (!counts) throw new PatternProblem('"{" must be followed by a count such as {2}, {2,} or {2,5}');
    this.at = end + 1;
    const min = Number(counts[1]);
    const max = counts[2] === undefined ? min : counts[3] === '' ? Infinity : Number(counts[3]);
    if (max < min) throw new PatternProblem(`{${min},${max}} counts down`);
    return { min, max };
  }

  private atom(): Node {
    const character = this.next();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '.':
        return this.test('.');
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return this.escaped();
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternProblem(`"${character}" has nothing before it to repeat`);
      default:
        return this.test(escape(character));
    }
  }

  private group(): Node {
    if (this.take('?') && !this.take(':')) throw new PatternProblem('only plain groups, (?:…) and a leading (?i) are supported');
    const node = this.either();
    if (!this.take(')')) throw new PatternProblem('a "(" is not closed');
    return node;
  }

  private characterClass(): Node {
    const start = this.at - 1;
    this.take('^');
    if (this.peek() === ']') throw new PatternProblem('a "[…]" is empty');
    for (let character = this.next(); character !== ']'; character = this.next()) {
      if (character === '\\') this.next();
      if (character === '[' || (character === '&' && this.peek() === '&')) {
        throw new PatternProblem('classes within classes are not supported');
      }
    }
    return this.test(this.characters.slice(start, this.at).join(''));
  }

  private escaped(): Node {
    const character = this.next();
    if (character === 'A') return { kind: 'start' };
    if (character === 'z' || character === 'Z') return { kind: 'end' };
    if (/[dDwWsStnrf]/.test(character)) return this.test(`\\${character}`);
    if (character === 'p' || character === 'P') return this.test(`\\${character}${this.braces()}`);
    if (/[A-Za-z0-9]/.test(character)) throw new PatternProblem(`"\\${character}" is not supported`);
    return this.test(escape(character));
  }

  private braces(): string {
    const end = this.characters.indexOf('}', this.at);
    if (this.peek() !== '{' || end < 0) throw new PatternProblem('"\\p" must be followed by a name such as {L}');
    const text = this.characters.slice(this.at, end + 1).join('');
    this.at = end + 1;
    return text;
  }

  /** One character is tested by the engine's own expressions: without repetition they cannot backtrack. */
  private test(source: string): Node {
    try {
      const expression = new RegExp(`^${source}$`, this.flags);
      return { kind: 'character', test: (character) => expression.test(character) };
    } catch {
      throw new PatternProblem(`"${source}" cannot be understood`);
    }
  }

  private peek(): string | undefined {
    return this.characters[this.at];
  }

  private next(): string {
    const character = this.characters[this.at++];
    if (character === undefined) throw new PatternProblem('it ends too early');
    return character;
  }

  private take(text: string): boolean {
    if (!Array.from(text).every((character, i) => this.characters[this.at + i] === character)) return false;
    this.at += text.length;
    return true;
  }
}

const escape = (character: string) => (/[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character);

function push(steps: Step[], step: Step): number {
  if (steps.length >= MAX_STEPS) throw new PatternProblem('it is too large');
  return steps.push(step) - 1;
}

/** Appends the steps of `node`; what comes next in the array is what follows it. */
function emit(node: Node, steps: Step[]): void {
  switch (node.kind) {
    case 'sequence':
      node.parts.forEach((part) => emit(part, steps));
      return;
    case 'either':
      return emitEither(node.parts, steps);
    case 'repeat':
      return emitRepeat(node.part, node.min, node.max, steps);
    default:
      push(steps, node);
  }
}

function emitEither(parts: readonly Node[], steps: Step[]): void {
  const starts: number[] = [];
  const ends: number[][] = [];
  push(steps, { kind: 'fork', to: starts });
  for (const part of parts) {
    starts.push(steps.length);
    emit(part, steps);
    const end: number[] = [];
    push(steps, { kind: 'fork', to: end });
    ends.push(end);
  }
  for (const end of ends) end.push(steps.length);
}

function emitRepeat(part: Node, min: number, max: number, steps: Step[]): void {
  for (let i = 0; i < min; i++) emit(part, steps);
  const skips: number[][] = [];
  for (let i = min; i < Math.min(max, MAX_STEPS) && (max !== Infinity || i === min); i++) {
    const choice = [steps.length + 1];
    const at = push(steps, { kind: 'fork', to: choice });
    skips.push(choice);
    emit(part, steps);
    if (max === Infinity) push(steps, { kind: 'fork', to: [at] });
  }
  for (const choice of skips) choice.push(steps.length);
}

function run(steps: readonly Step[], value: string): boolean {
  const characters = Array.from(value);
  let current = follow(steps, [0], 0, characters.length);
  for (let at = 0; at < characters.length && current.length > 0; at++) {
    const next: number[] = [];
    for (const index of current) {
      const step = steps[index]!;
      if (step.kind === 'character' && step.test(characters[at]!)) next.push(index + 1);
    }
    current = follow(steps, next, at + 1, characters.length);
  }
  return current.some((index) => steps[index]!.kind === 'found');
}

/** Every step reachable from `from` without reading a character. */
function follow(steps: readonly Step[], from: readonly number[], at: number, length: number): number[] {
  const reached = new Set<number>();
  const open = [...from];
  while (open.length > 0) {
    const index = open.pop()!;
    if (reached.has(index)) continue;
    reached.add(index);
    const step = steps[index]!;
    if (step.kind === 'fork') open.push(...step.to);
    else if ((step.kind === 'start' && at === 0) || (step.kind === 'end' && at === length)) open.push(index + 1);
  }
  return [...reached];
}
