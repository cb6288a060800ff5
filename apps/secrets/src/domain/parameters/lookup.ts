import type { Scope } from '#lib/kernel';
import type { Parameter, ParameterVersion } from '../model.js';
import { nameKey, parameterVersionKey, type SecretsState } from '../state.js';
import { refusals } from './refusals.js';

/** A name that is no path has a slash in front in its ARN, and a path has no second one. */
export const parameterArn = ({ accountId, region }: Scope, name: string): string =>
  `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;

const ARN = /^arn:[^:]+:ssm:([^:]+):([^:]+):parameter\/([^:]+)(?::(.+))?$/;

/** `name`, `name:3`, `name:label`, or the same as an ARN. */
export interface ParameterReference {
  readonly parameter: Parameter | undefined;
  readonly name: string;
  /** With its colon. */
  readonly selector: string;
}

export function findParameter({ parameters }: SecretsState, scope: Scope, reference: string): ParameterReference {
  const of = (name: string, selector: string | undefined): ParameterReference => ({
    parameter: parameters.get(nameKey(scope, name)),
    name,
    selector: selector ? `:${selector}` : '',
  });
  if (!reference.startsWith('arn:')) {
    const [name = '', selector] = reference.split(/:(.*)/s);
    return of(name, selector);
  }
  const [, region, accountId, rest, selector] = ARN.exec(reference) ?? [];
  if (rest === undefined || region !== scope.region || accountId !== scope.accountId)
    return { parameter: undefined, name: reference, selector: '' };
  const path = of(`/${rest}`, selector);
  return path.parameter || rest.includes('/') ? path : of(rest, selector);
}

export function parameterNamed(state: SecretsState, scope: Scope, reference: string): Parameter {
  const { parameter } = findParameter(state, scope, reference);
  if (!parameter) throw refusals.notFound(reference);
  return parameter;
}

export function newestOf(state: SecretsState, parameter: Parameter): ParameterVersion {
  return state.parameterVersions.get(parameterVersionKey(parameter, parameter.name, parameter.version))!;
}

/** The version that a reference means; refuses with what is missing. */
export function versionMeant(state: SecretsState, { parameter, name, selector }: ParameterReference): ParameterVersion {
  if (!parameter) throw refusals.notFound(name);
  if (selector === '') return newestOf(state, parameter);
  const which = selector.slice(1);
  const isNumber = /^\d+$/.test(which);
  const number = isNumber ? Number(which) : parameter.labels[which];
  if (number === undefined) throw refusals.noLabel(name, which);
  const version = state.parameterVersions.get(parameterVersionKey(parameter, name, number));
  if (!version) throw refusals.noVersion(name, number);
  return version;
}

export const labelsOf = ({ labels }: Parameter, version: number): readonly string[] =>
  Object.keys(labels)
    .filter((label) => labels[label] === version)
    .sort();
