import { parseArn, type Region, type Scope } from '#lib/kernel';
import type { SealedValue } from './model.js';
import { findParameter, versionMeant } from './parameters/lookup.js';
import { liveSecret, versionOf } from './secrets/lookup.js';
import { refusals } from './secrets/refusals.js';
import type { SecretsState } from './state.js';

/**
 * What a task definition's `valueFrom` (or `credentialsParameter`) names. The forms are ECS's:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html and …/secrets-envvar-ssm-paramstore.html
 */
export type Reference =
  | {
      readonly of: 'asm';
      readonly scope: Scope;
      readonly secretId: string;
      readonly jsonKey?: string;
      readonly stage?: string;
      readonly versionId?: string;
    }
  | { readonly of: 'ssm'; readonly scope: Scope; readonly name: string };

const orUndefined = (text: string | undefined): string | undefined => (text ? text : undefined);

/** `arn:aws:secretsmanager:region:account:secret:name-AbCdEf:json-key:version-stage:version-id`, else a parameter. */
export function referenceOf(valueFrom: string, scope: Scope): Reference {
  const [arn, partition, service, region = '', accountId = '', kind, name, jsonKey, stage, versionId] = valueFrom.split(':');
  if (arn !== 'arn' || service !== 'secretsmanager')
    return { of: 'ssm', scope: { ...scope, region: (parseArn(valueFrom)?.region ?? scope.region) as Region }, name: valueFrom };
  return {
    of: 'asm',
    scope: { ...scope, region: region as Region },
    secretId: [arn, partition, service, region, accountId, kind, name].join(':'),
    jsonKey: orUndefined(jsonKey),
    stage: orUndefined(stage),
    versionId: orUndefined(versionId),
  };
}

/** The sealed value; a refusal says what is missing. Another account's is as good as not there. */
export function sealedValueOf(state: SecretsState, reference: Reference): SealedValue {
  if (reference.of === 'ssm') return versionMeant(state, findParameter(state, reference.scope, reference.name)).value;
  const { scope, secretId, stage, versionId } = reference;
  const secret = liveSecret(state, scope, secretId);
  const version = versionOf(state, secret, { VersionId: versionId, VersionStage: stage });
  if (version.kind === 'binary') throw refusals.invalidRequest('The secret has a binary value, and a variable needs a text.');
  return version.value;
}

/** The member of a JSON value that a reference asks for, or the whole. Undefined: it has none. */
export function memberOf(text: string, jsonKey: string | undefined): string | undefined {
  if (jsonKey === undefined) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, jsonKey)) return undefined;
  const member = (value as Readonly<Record<string, unknown>>)[jsonKey];
  return typeof member === 'string' ? member : JSON.stringify(member);
}
