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

/** `/`, or names with a slash before each; one at the end does not matter. */
export function checkPath(path: string): void {
  if (!/^(\/|(\/[\w.-]+)+\/?)$/.test(path)) throw refusals.badPath();
}

/** Below a path: its own level, or all of them. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith('/')) return path === '/';
  return name.startsWith(prefix) && (isRecursive || !name.slice(prefix.length).includes('/'));
}

function comparison({ Option = 'Equals' }: ParameterFilter, permitted: readonly string[]) {
  if (!permitted.includes(Option)) {
    throw refuse(
      'InvalidFilterOption',
      `The following filter option is not valid: ${Option}. Valid options include: [${permitted.join(', ')}].`,
    );
  }
  return COMPARISONS[Option]!;
}

/** What a closed set of values has; other ones match nothing, and are refused as AWS does. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  Type: ['String', 'StringList', 'SecureString'],
  Tier: ['Standard', 'Advanced', 'Intelligent-Tiering'],
};

function checkValues({ Key, Option = 'Equals', Values = [] }: ParameterFilter): void {
  const known = VALUES[Key];
  const unknown = Option === 'Equals' && known ? Values.find((value) => !known.includes(value)) : undefined;
  if (unknown === undefined) return;
  throw refuse(
    'InvalidFilterOption',
    `The following filter value is not valid: ${unknown}. Valid values include: [${known!.join(', ')}].`,
  );
}

/** A filter as a question; bad ones are refused before anything is asked. */
function questionOf(filter: ParameterFilter): (candidate: Candidate) => boolean {
  const { Key, Option, Values = [] } = filter;
  if (Key.startsWith('tag:')) {
    const name = Key.slice('tag:'.length);
    comparison(filter, ['Equals']);
    return ({ parameter: { tags } }) => Object.hasOwn(tags, name) && (Values.length === 0 || Values.includes(tags[name]!));
  }
  if (Values.length === 0)
    throw refuse('InvalidFilterValue', `The following filter values are missing : null for filter key ${Key}.`);
  if (Key === 'Path') {
    if (Option !== undefined && Option !== 'OneLevel' && Option !== 'Recursive') comparison(filter, ['Recursive', 'OneLevel']);
    if (Values.some((path) => /^\/(aws|ssm)(\/|$)/i.test(path))) throw refusals.commonPath();
    for (const path of Values) checkPath(path);
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
  checkValues(filter);
  const compare = comparison(filter, Key === 'Name' ? ['BeginsWith', 'Contains', 'Equals'] : ['BeginsWith', 'Equals']);
  return (candidate) =>
    textsOf(candidate).some((text) => Values.some((value) => compare(text, Key === 'Name' ? bare(value) : value)));
}

/** What a list can be asked for, each by its own: the other keys are the other list's (the reference of ParameterStringFilter). */
export const FILTERS_BY_PATH: readonly string[] = ['Type', 'KeyId', 'Label'];
export const FILTERS_OF_ALL: readonly string[] = ['Path', 'Name', 'Type', 'KeyId', 'Tier', 'DataType'];

export function questionsOf(
  permitted: readonly string[],
  filters: readonly ParameterFilter[] = [],
): (candidate: Candidate) => boolean {
  const other = filters.find(({ Key }) => !permitted.includes(Key) && !(permitted.includes('Name') && Key.startsWith('tag:')));
  if (other) {
    throw refuse(
      'InvalidFilterKey',
      `The following filter key is not valid: ${other.Key}. Valid filter keys include: [${permitted.join(', ')}].`,
    );
  }
  const twice = filters.find(({ Key }, index) => filters.findIndex((other) => other.Key === Key) < index);
  if (twice) {
    throw refuse(
      'InvalidFilterKey',
      `The following filter is duplicated in the request: ${twice.Key}. A request can contain only one occurrence of a specific filter.`,
    );
  }
  const questions = filters.map(questionOf);
  return (candidate) => questions.every((isYes) => isYes(candidate));
}
