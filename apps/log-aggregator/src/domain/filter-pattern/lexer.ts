import { refusals } from '../refusals.js';
import type { Operand, Operator } from './comparison.js';

/** Reads the inside of a `{…}` or `[…]` pattern. */
export class Lexer {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly bare: RegExp,
  ) {}

  get isOver(): boolean {
    this.blanks();
    return this.at >= this.text.length;
  }

  blanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  /** Whether `sign` comes next; it is taken then. */
  takes(sign: string): boolean {
    this.blanks();
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  /** As `takes`, for a word in any case. */
  takesWord(word: string): boolean {
    this.blanks();
    const found = new RegExp(`^${word}(?![A-Za-z0-9_])`, 'i').exec(this.text.slice(this.at));
    if (found) this.at += word.length;
    return found !== null;
  }

  takesMatch(pattern: RegExp): string | undefined {
    this.blanks();
    const found = pattern.exec(this.text.slice(this.at));
    if (found?.index !== 0) return undefined;
    this.at += found[0].length;
    return found[0];
  }

  operator(): Operator | undefined {
    return (['!=', '<=', '>=', '=', '<', '>'] as const).find((operator) => this.takes(operator));
  }

  operand(): Operand {
    this.blanks();
    const opener = this.text[this.at];
    if (opener === '"') return { kind: 'quoted', text: this.quoted() };
    if (opener === '%') {
      const end = this.text.indexOf('%', this.at + 1);
      if (end < 0) throw this.unexpected();
      const text = this.text.slice(this.at + 1, end);
      this.at = end + 1;
      return { kind: 'regex', text };
    }
    const text = this.takesMatch(this.bare);
    if (text === undefined) throw this.unexpected();
    return { kind: 'bare', text };
  }

  private quoted(): string {
    let text = '';
    for (let at = this.at + 1; at < this.text.length; at++) {
      const character = this.text[at]!;
      if (character === '"') {
        this.at = at + 1;
        return text;
      }
      text += character === '\\' && at + 1 < this.text.length ? this.text[++at]! : character;
    }
    throw this.unexpected();
  }

  unexpected() {
    const rest = this.text.slice(this.at, this.at + 20).trim();
    return refusals.invalid(`Invalid filter pattern: ${rest === '' ? 'it ends too early' : `'${rest}' was not expected`}.`);
  }
}

/** `a && (b || c)`: `&&` binds more than `||`. */
export function parseLogic<T>(lexer: Lexer, leaf: () => (subject: T) => boolean): (subject: T) => boolean {
  const any = (): ((subject: T) => boolean) => {
    const parts = [all()];
    while (lexer.takes('||')) parts.push(all());
    return parts.length === 1 ? parts[0]! : (subject) => parts.some((part) => part(subject));
  };
  const all = (): ((subject: T) => boolean) => {
    const parts = [one()];
    while (lexer.takes('&&')) parts.push(one());
    return parts.length === 1 ? parts[0]! : (subject) => parts.every((part) => part(subject));
  };
  const one = (): ((subject: T) => boolean) => {
    if (!lexer.takes('(')) return leaf();
    const inside = any();
    if (!lexer.takes(')')) throw lexer.unexpected();
    return inside;
  };
  return any();
}
