import { refusals } from '../refusals.js';
import { compileRegex } from './regex.js';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** What a field is compared with, as it is written. */
export interface Operand {
  readonly text: string;
  readonly kind: 'quoted' | 'bare' | 'regex';
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** `*` stands for anything. */
function wildcard(text: string): (value: string) => boolean {
  if (!text.includes('*')) return (value) => value === text;
  const parts = text.split('*');
  const [first, last] = [parts[0]!, parts.at(-1)!];
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = value.indexOf(part, at);
      if (found < 0 || found + part.length > value.length - last.length) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** A test of a field's value: text, or a number, boolean or null of JSON. What is not there is no value, and satisfies none. */
export function comparison(operator: Operator, operand: Operand): (value: unknown) => boolean {
  if (operand.kind === 'regex') {
    if (operator !== '=' && operator !== '!=')
      throw refusals.invalid(`A regular expression cannot be compared with ${operator}.`);
    const matches = compileRegex(operand.text);
    return (value) => isText(value) && matches(String(value)) === (operator === '=');
  }
  const number = operand.kind === 'bare' && NUMBER.test(operand.text) ? Number(operand.text) : undefined;
  if (operator === '=' || operator === '!=') {
    const matches = wildcard(operand.text);
    const equals = (value: unknown) =>
      (number !== undefined && Number(value) === number && value !== '') || matches(String(value));
    return (value) => isText(value) && equals(value) === (operator === '=');
  }
  if (number === undefined)
    throw refusals.invalid(`'${operand.text}' is no number: only numbers can be compared with ${operator}.`);
  return (value) => {
    if (!isText(value) || value === '' || typeof value === 'boolean') return false;
    const given = Number(value);
    if (Number.isNaN(given)) return false;
    if (operator === '<') return given < number;
    if (operator === '<=') return given <= number;
    return operator === '>' ? given > number : given >= number;
  };
}

const isText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
