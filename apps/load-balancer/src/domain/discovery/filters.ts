import { refusals } from './refusals.js';

export interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
  readonly Condition?: 'EQ' | 'IN' | 'BETWEEN' | 'BEGINS_WITH';
}

/** How one value is asked for, by a list's filters and what they name. All have to match. */
export function matches<T>(
  filters: readonly Filter[] = [],
  membersOf: Readonly<Record<string, (item: T) => string | undefined>>,
): (item: T) => boolean {
  const tests = filters.map(({ Name, Values, Condition = 'EQ' }) => {
    const member = membersOf[Name];
    if (!member) throw refusals.invalidInput(`'${Name}' is not a filter of this list.`);
    if (Values.length === 0) throw refusals.invalidInput(`The filter ${Name} has no values.`);
    const test = testOf(Condition, Name, Values);
    return (item: T) => {
      const value = member(item);
      return value !== undefined && test(value);
    };
  });
  return (item) => tests.every((test) => test(item));
}

function testOf(
  condition: NonNullable<Filter['Condition']>,
  name: string,
  values: readonly string[],
): (value: string) => boolean {
  const one = () => {
    if (values.length !== 1) throw refusals.invalidInput(`The filter ${name} takes one value with the condition ${condition}.`);
    return values[0]!;
  };
  switch (condition) {
    case 'EQ': {
      const wanted = one();
      return (value) => value === wanted;
    }
    case 'BEGINS_WITH': {
      const start = one();
      return (value) => value.startsWith(start);
    }
    case 'IN':
      return (value) => values.includes(value);
    case 'BETWEEN': {
      // Dates, as seconds or milliseconds of the epoch; digits only.
      const [from, to] = values.map(Number);
      if (values.length !== 2 || Number.isNaN(from) || Number.isNaN(to)) {
        throw refusals.invalidInput(`The filter ${name} takes two numbers with the condition BETWEEN.`);
      }
      return (value) => Number(value) >= from! && Number(value) <= to!;
    }
  }
}
