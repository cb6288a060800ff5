import { refuse } from '#lib/kernel';
import type { Parameter, ParameterVersion } from '../model.js';
import { refusals } from './refusals.js';

export interface ParameterFilter {
  readonly Key: string;
  readonly Option?: string;
  readonly Values?: readonly string[];
}

export interface Candidate {
  readonly parameter: Parameter;
  readonly newest: ParameterVersion;
}

const COMPARISONS: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  Equals: (text, value) => text === value,
  BeginsWith: (text, value) => text.startsWith(value),
  Contains: (text, value) => text.includes(value),
};

/** A name means the same with and without its slash in front. */
const bare = (name: string): string => name.replace(/^\//, '');

/** Below a path: its own level, or all of them. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith('/')) return path === '/';
  return name.startsWith(prefix) && (isRecursive || !name.slice(prefix.length).includes('/'));
}

function comparison({ Key, Option = 'Equals' }: ParameterFilter, permitted: readonly string[]) {
  if (!permitted.includes(Option)) {
    throw refuse(
      'InvalidFilterOption',
      `The following filter option is not valid: ${Option}. Valid options of ${Key} include: [${permitted.join(', ')}]`,
    );
  }
  return COMPARISONS[Option]!;
}

/** A filter as a question; bad ones are refused before anything is asked. */
function questionOf(filter: ParameterFilter): (candidate: Candidate) => boolean {
  const { Key, Option, Values = [] } = filter;
  if (Key.startsWith('tag:')) {
    const name = Key.slice('tag:'.length);
    comparison(filter, ['Equals']);
    return ({ parameter: { tags } }) => Object.hasOwn(tags, name) && (Values.length === 0 || Values.includes(tags[name]!));
  }
  if (Values.length === 0) throw refuse('InvalidFilterValue', `The filter ${Key} needs values.`);
  if (Key === 'Path') {
    if (Option !== undefined && Option !== 'OneLevel' && Option !== 'Recursive') comparison(filter, ['OneLevel', 'Recursive']);
    if (Values.some((path) => !path.startsWith('/'))) throw refusals.badPath();
    return ({ parameter: { name } }) => Values.some((path) => isBelow(name, path, Option === 'Recursive'));
  }
  const texts: Readonly<Record<string, (candidate: Candidate) => readonly string[]>> = {
    Name: ({ parameter }) => [bare(parameter.name)],
    Type: ({ newest }) => [newest.type],
    KeyId: ({ newest }) => (newest.keyId === undefined ? [] : [newest.keyId]),
    Tier: ({ newest }) => [newest.tier],
    DataType: ({ newest }) => [newest.dataType],
    Label: ({ parameter }) => Object.keys(parameter.labels),
  };
  const textsOf = texts[Key]!;
  const compare = comparison(filter, Key === 'Name' ? ['Equals', 'BeginsWith', 'Contains'] : ['Equals', 'BeginsWith']);
  return (candidate) =>
    textsOf(candidate).some((text) => Values.some((value) => compare(text, Key === 'Name' ? bare(value) : value)));
}

export function questionsOf(filters: readonly ParameterFilter[] = []): (candidate: Candidate) => boolean {
  const questions = filters.map(questionOf);
  return (candidate) => questions.every((isYes) => isYes(candidate));
}
