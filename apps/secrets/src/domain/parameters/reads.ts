import { type Scope, scopeKey } from '#lib/kernel';
import type { Parameter, ParameterVersion } from '../model.js';
import { type Page, pageOf } from '../pages.js';
import type { QueryRule, QueryRules } from '../rule-types.js';
import { nameKey, parameterVersionKey, type SecretsState } from '../state.js';
import {
  type Candidate,
  checkPath,
  FILTERS_BY_PATH,
  FILTERS_OF_ALL,
  isBelow,
  type ParameterFilter,
  questionsOf,
} from './filters.js';
import {
  findParameter,
  labelsOf,
  newestOf,
  parameterArn,
  parameterNamed,
  type ParameterReference,
  versionMeant,
} from './lookup.js';
import { type PublicParameter, publicParameter } from './public.js';
import { refusals } from './refusals.js';

/** As `GetParameter` answers it before the value is opened. */
export const parameterView = (version: ParameterVersion, selector = '') => ({
  Name: version.parameter,
  Type: version.type,
  sealed: version.value,
  Version: version.version,
  ...(selector ? { Selector: selector } : {}),
  LastModifiedDate: version.modifiedAt,
  ARN: parameterArn(version, version.parameter),
  DataType: version.dataType,
});
export type SealedParameter = ReturnType<typeof parameterView>;

const getParameter: QueryRule<{ readonly Name: string }> = (state, { Name }, caller) => {
  const published = publicParameter(caller, Name);
  if (published) return { Parameter: published };
  const reference = findParameter(state, caller, Name);
  return { Parameter: parameterView(versionMeant(state, reference), reference.selector) };
};

const getParameters: QueryRule<{ readonly Names: readonly string[] }> = (state, { Names }, caller) => {
  const asked = [...new Set(Names)].map((name) => ({ name, found: parameterOrNothing(state, caller, name) }));
  return {
    Parameters: asked.flatMap(({ found }) => found ?? []),
    InvalidParameters: asked.filter(({ found }) => !found).map(({ name }) => name),
  };
};

function parameterOrNothing(state: SecretsState, caller: Scope, name: string): SealedParameter | PublicParameter | undefined {
  const reference = findParameter(state, caller, name);
  const published = publicParameter(caller, name);
  if (published || !isThere(state, reference)) return published;
  return parameterView(versionMeant(state, reference), reference.selector);
}

function isThere(state: SecretsState, { parameter, selector }: ParameterReference): boolean {
  if (!parameter || selector === '') return parameter !== undefined;
  const which = selector.slice(1);
  const version = /^\d+$/.test(which) ? Number(which) : parameter.labels[which];
  return version !== undefined && state.parameterVersions.has(parameterVersionKey(parameter, parameter.name, version));
}

interface Paged {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

interface ByPathInput extends Paged {
  readonly Path: string;
  readonly Recursive?: boolean;
  readonly ParameterFilters?: readonly ParameterFilter[];
}

const getParametersByPath: QueryRule<ByPathInput> = (state, { Path, Recursive = false, ParameterFilters, ...paged }, caller) => {
  checkPath(Path);
  const isAsked = questionsOf(FILTERS_BY_PATH, ParameterFilters);
  const matches = (candidate: Candidate) => isBelow(candidate.parameter.name, Path, Recursive) && isAsked(candidate);
  const list = JSON.stringify(['path', Path, Recursive, ParameterFilters]);
  const { items, nextToken } = pageOfParameters(state, caller, matches, { ...paged, list, size: paged.MaxResults ?? 10 });
  return { Parameters: items.map(({ newest }) => parameterView(newest)), NextToken: nextToken };
};

interface DescribeInput extends Paged {
  readonly Filters?: readonly ParameterFilter[];
  readonly ParameterFilters?: readonly ParameterFilter[];
}

const describeParameters: QueryRule<DescribeInput> = (state, { Filters, ParameterFilters, ...paged }, caller) => {
  if (Filters?.length && ParameterFilters?.length)
    throw refusals.validation('You can use either Filters or ParameterFilters in a single request.');
  // The older ones compare from the front.
  const older = (Filters ?? []).map((filter) => ({ ...filter, Option: 'BeginsWith' }));
  const isAsked = questionsOf(FILTERS_OF_ALL, [...older, ...(ParameterFilters ?? [])]);
  const list = JSON.stringify(['describe', Filters, ParameterFilters]);
  const { items, nextToken } = pageOfParameters(state, caller, isAsked, { ...paged, list, size: paged.MaxResults ?? 50 });
  return { Parameters: items.map(({ newest }) => metadataView(newest)), NextToken: nextToken };
};

const metadataView = (version: ParameterVersion) => ({
  Name: version.parameter,
  ARN: parameterArn(version, version.parameter),
  Type: version.type,
  KeyId: version.keyId,
  LastModifiedDate: version.modifiedAt,
  LastModifiedUser: version.modifiedBy,
  Description: version.description,
  AllowedPattern: version.allowedPattern,
  Version: version.version,
  Tier: version.tier,
  Policies: [],
  DataType: version.dataType,
});

function pageOfParameters(
  state: SecretsState,
  scope: Scope,
  isAsked: (candidate: Candidate) => boolean,
  { NextToken, list, size }: Paged & { readonly list: string; readonly size: number },
): Page<Candidate> {
  const found: Candidate[] = [];
  for (const parameter of state.parameters.by('scope', scopeKey(scope))) {
    const candidate = { parameter, newest: newestOf(state, parameter) };
    if (isAsked(candidate)) found.push(candidate);
  }
  const keyOf = ({ parameter }: Candidate) => parameter.name;
  return pageOf(found, { size, nextToken: NextToken, list, keyOf, badToken: refusals.badToken });
}

interface HistoryInput extends Paged {
  readonly Name: string;
}

const getParameterHistory: QueryRule<HistoryInput> = (state, { Name, MaxResults = 50, NextToken }, caller) => {
  const parameter = parameterNamed(state, caller, Name);
  const { items, nextToken } = pageOf(state.parameterVersions.by('parameter', nameKey(parameter, parameter.name)), {
    size: MaxResults,
    nextToken: NextToken,
    list: JSON.stringify(['history', parameter.name]),
    keyOf: ({ version }) => String(version).padStart(12, '0'),
    badToken: refusals.badToken,
  });
  return { Parameters: items.map((version) => historyView(parameter, version)), NextToken: nextToken };
};

const historyView = (parameter: Parameter, version: ParameterVersion) => {
  const { ARN: _arn, ...rest } = metadataView(version);
  return { ...rest, sealed: version.value, Labels: labelsOf(parameter, version.version) };
};

export const parameterQueries: QueryRules = {
  GetParameter: getParameter,
  GetParameters: getParameters,
  GetParametersByPath: getParametersByPath,
  DescribeParameters: describeParameters,
  GetParameterHistory: getParameterHistory,
};
