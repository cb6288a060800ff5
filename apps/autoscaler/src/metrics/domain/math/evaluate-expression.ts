import { refusals } from '../../../domain/refusals.js';
import { BadExpression, FUNCTIONS, type MathRange } from './functions.js';
import { type Expression, parseExpression } from './parse-expression.js';
import { list, mapped, scalar, type Series, type Value, withPoints } from './value.js';

export interface MathSource {
  readonly range: MathRange;
  /** The value of another query; undefined: there is none of that id. */
  readonly valueOf: (id: string) => Value | undefined;
  /** The metrics of the request, those with `part` in their id. */
  readonly metrics: (part: string) => readonly Series[];
  readonly search: (expression: string, statistic: string, periodSeconds: number | undefined) => readonly Series[];
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<': (left, right) => Number(left < right),
  '>': (left, right) => Number(left > right),
  '<=': (left, right) => Number(left <= right),
  '>=': (left, right) => Number(left >= right),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
};

/**
 * Metric math (User Guide, "Using math expressions with CloudWatch metrics"), pure. Two series meet at the moments that both have; a result
 * that is no number (a division by zero) is left out. `id`: the query's, for refusals.
 */
export function evaluateExpression(id: string, text: string, source: MathSource): Value {
  const expression = parseExpression(id, text);
  try {
    return valueOf(expression, source);
  } catch (error) {
    if (!(error instanceof BadExpression)) throw error;
    throw refusals.validation(`Error in expression '${id}': ${error.message}`);
  }
}

function valueOf(expression: Expression, source: MathSource): Value {
  const value = computed(expression, source);
  source.range.spend(pointsIn(value));
  return value;
}

const pointsIn = (value: Value): number =>
  value.kind === 'series'
    ? value.points.size
    : value.kind === 'list'
      ? value.series.reduce((points, series) => points + series.points.size, 0)
      : 0;

function computed(expression: Expression, source: MathSource): Value {
  switch (expression.kind) {
    case 'number':
      return scalar(expression.value);
    case 'text':
    case 'word':
      return expression;
    case 'id': {
      const value = source.valueOf(expression.id);
      if (!value) throw new BadExpression(`Undefined id '${expression.id}'`);
      return value;
    }
    case 'array':
      return list(expression.parts.flatMap((part) => seriesIn(valueOf(part, source))));
    case 'negative':
      return combined('*', scalar(-1), valueOf(expression.part, source));
    case 'binary':
      return combined(expression.operator, valueOf(expression.left, source), valueOf(expression.right, source));
    case 'call':
      return called(expression.name, expression.parts, source);
  }
}

function seriesIn(value: Value): readonly Series[] {
  if (value.kind === 'series') return [value];
  if (value.kind === 'list') return value.series;
  throw new BadExpression('an array is of time series');
}

function called(name: string, parts: readonly Expression[], source: MathSource): Value {
  if (name === 'ANOMALY_DETECTION_BAND') throw new BadExpression('Longshore has no anomaly detection');
  const values = parts.map((part) => valueOf(part, source));
  if (name === 'METRICS') return list(source.metrics(values[0]?.kind === 'text' ? values[0].value : ''));
  if (name === 'SEARCH') {
    const [expression, statistic, period] = values;
    if (expression?.kind !== 'text' || statistic?.kind !== 'text')
      throw new BadExpression('SEARCH takes an expression, a statistic and a period');
    return list(source.search(expression.value, statistic.value, period?.kind === 'scalar' ? period.value : undefined));
  }
  const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!call) throw new BadExpression(`Unsupported function '${name}'`);
  return call(values, source.range);
}

function combined(operator: string, left: Value, right: Value): Value {
  const compute = OPERATORS[operator]!;
  if (left.kind === 'scalar' && right.kind === 'scalar') return scalar(compute(left.value, right.value));
  if (left.kind === 'scalar' && right.kind === 'series') return mapped(right, (value) => compute(left.value, value));
  if (left.kind === 'series' && right.kind === 'scalar') return mapped(left, (value) => compute(value, right.value));
  if (left.kind === 'series' && right.kind === 'series')
    return withPoints(
      left,
      [...left.points].flatMap(([atMs, value]) => {
        const other = right.points.get(atMs);
        return other === undefined ? [] : [[atMs, compute(value, other)] as const];
      }),
    );
  if (left.kind === 'list' && (right.kind === 'scalar' || right.kind === 'series'))
    return list(left.series.map((series) => combined(operator, series, right) as Series));
  if (right.kind === 'list' && (left.kind === 'scalar' || left.kind === 'series'))
    return list(right.series.map((series) => combined(operator, left, series) as Series));
  throw new BadExpression(`Unsupported operand type(s) for ${operator}`);
}
