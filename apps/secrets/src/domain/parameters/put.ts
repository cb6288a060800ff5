import { RE2JS, RE2JSSyntaxException } from 're2js';
import { refuse } from '#lib/kernel';
import { event } from '../events.js';
import { type ParameterTier, type ParameterType, type SealedValue } from '../model.js';
import { isUsable } from '../kms/lookup.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import { nameKey, parameterVersionKey, type SecretsState } from '../state.js';
import { checkTags, type Tag, tagMap } from '../tags.js';
import { labelsOf, newestOf } from './lookup.js';
import { refusals } from './refusals.js';
import type { Parameter } from '../model.js';

/** PutParameter as a client sends it. */
export interface PutParameterInput {
  readonly Name: string;
  readonly Value: string;
  readonly Description?: string;
  readonly Type?: ParameterType;
  readonly KeyId?: string;
  readonly Overwrite?: boolean;
  readonly AllowedPattern?: string;
  readonly Tags?: readonly Tag[];
  readonly Tier?: ParameterTier | 'Intelligent-Tiering';
  readonly Policies?: string;
  readonly DataType?: string;
}

/** And as the command has it: sealed before it was sent. */
export interface PutSealedInput extends Omit<PutParameterInput, 'Value'> {
  readonly tier: ParameterTier;
  readonly value: SealedValue;
}

const STANDARD_BYTES = 4_096;
const ADVANCED_BYTES = 8_192;

/** What only who sees the value can say of it; the tier that it needs is the answer. */
export function checkValue({ Value, Tier = 'Standard' }: PutParameterInput, allowedPattern: string | undefined): ParameterTier {
  if (Value === '') {
    throw refusals.validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  const bytes = Buffer.byteLength(Value);
  if (bytes > STANDARD_BYTES && Tier === 'Standard') {
    throw refusals.validation(
      `Standard tier parameters support a maximum parameter value of ${STANDARD_BYTES} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
    );
  }
  if (bytes > ADVANCED_BYTES)
    throw refusals.validation(`Advanced tier parameters support a maximum parameter value of ${ADVANCED_BYTES} characters.`);
  if (allowedPattern && !matches(allowedPattern, Value)) {
    throw refuse(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
    );
  }
  return Tier === 'Advanced' || bytes > STANDARD_BYTES ? 'Advanced' : 'Standard';
}

/** In linear time, whatever the pattern. */
function matches(pattern: string, value: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(value).find();
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw refuse('InvalidAllowedPatternException', `The allowed pattern ${pattern} is not valid: ${error.message}`);
  }
}

const MAX_LEVELS = 15;
const DATA_TYPES = ['text', 'aws:ec2:image', 'aws:ssm:integration'];

function checkName(name: string): void {
  if (name.includes('/') && !name.startsWith('/')) throw refusals.notQualified();
  if (!/^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(name) || /^\/?(aws|ssm)/i.test(name)) throw refusals.badName();
  if (name.split('/').length - 1 > MAX_LEVELS) throw refusals.tooDeep();
}

/** As AWS keeps them: the oldest one goes, unless somebody has named it. */
const MAX_VERSIONS = 100;

function crowdedOut(state: SecretsState, parameter: Parameter): readonly number[] {
  const versions = Array.from(
    state.parameterVersions.by('parameter', nameKey(parameter, parameter.name)),
    ({ version }) => version,
  );
  const oldest = versions.sort((a, b) => a - b).slice(0, Math.max(0, versions.length + 1 - MAX_VERSIONS));
  const named = oldest.find((version) => labelsOf(parameter, version).length > 0);
  if (named !== undefined) throw refusals.labelledVersions(parameter.name, named);
  return oldest;
}

function checkSettings({ Type: type, KeyId, Tags, DataType, Policies, Overwrite }: PutSealedInput): void {
  if (Tags?.length && Overwrite) throw refusals.tagsAndOverwrite();
  if (KeyId !== undefined && type !== undefined && type !== 'SecureString')
    throw refusals.validation('KeyId is required for SecureString type parameter only.');
  if (DataType !== undefined && !DATA_TYPES.includes(DataType)) {
    throw refusals.validation(`The following data type is not supported: ${DataType} (Data type names are all lowercase.)`);
  }
  if (Policies !== undefined && Policies !== '[]' && Policies !== '[{}]')
    throw refusals.validation('Longshore has no parameter policies: a parameter lives until it is deleted.');
}

const putParameter: CommandRule<PutSealedInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { Name: name, Tags, value, tier } = input;
    const { accountId, region, principal } = context;
    checkName(name);
    checkSettings(input);
    const known = state.parameters.get(nameKey(context, name));
    if (known && !input.Overwrite) throw refusals.exists();
    const before = known && newestOf(state, known);
    const type = input.Type ?? before?.type;
    if (type === undefined) throw refusals.validation('A parameter type is required when you create a parameter.');
    if (input.KeyId !== undefined && input.KeyId !== before?.keyId && !isUsable(state, context, input.KeyId))
      throw refusals.badKey(input.KeyId);
    const tags = tagMap(Tags);
    checkTags(tags, {}, { reserved: refusals.reservedTag, tooMany: refusals.tooManyTags });
    const dropped = known ? crowdedOut(state, known) : [];
    const description = input.Description ?? before?.description;
    const allowedPattern = input.AllowedPattern ?? before?.allowedPattern;
    return [
      event('ParameterVersionCreated', {
        accountId,
        region,
        parameter: name,
        version: (known?.version ?? 0) + 1,
        type,
        // A larger tier is never taken back, as on AWS.
        tier: before?.tier === 'Advanced' ? 'Advanced' : tier,
        dataType: input.DataType ?? before?.dataType ?? 'text',
        ...(description ? { description } : {}),
        ...(allowedPattern ? { allowedPattern } : {}),
        ...(type === 'SecureString' ? { keyId: input.KeyId ?? before?.keyId ?? 'alias/aws/ssm' } : {}),
        value,
        modifiedBy: principal,
        ...(known ? {} : { tags }),
      }),
      ...(dropped.length > 0 ? [event('ParameterVersionsDropped', { accountId, region, name, versions: dropped })] : []),
    ];
  },
  reply(state, { Name }, _events, caller) {
    const parameter = state.parameters.get(nameKey(caller, Name))!;
    const { version, tier } = state.parameterVersions.get(parameterVersionKey(caller, Name, parameter.version))!;
    return { Version: version, Tier: tier };
  },
};

export const putCommands: CommandRules = { PutParameter: putParameter };
