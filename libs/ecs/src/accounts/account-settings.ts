import type { AccountSetting } from '../model/accounts.js';
import { event } from '../model/events.js';
import { type Caller, type PageInput, pageReply, paginate, type Scope } from '#lib/kernel';
import { accountSettingKey, type EcsState } from '../model/state.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';

const SWITCH = ['enabled', 'disabled'];

/** Every setting of ECS's enum: what it may be, and what it is while nobody has set it (ECS's defaults of 2025). */
const SETTINGS: Readonly<Record<string, { values: readonly string[]; byDefault: string }>> = {
  awsvpcTrunking: { values: SWITCH, byDefault: 'disabled' },
  containerInsights: { values: ['enabled', 'disabled', 'enhanced'], byDefault: 'disabled' },
  containerInstanceLongArnFormat: { values: SWITCH, byDefault: 'enabled' },
  defaultLogDriverMode: { values: ['blocking', 'non-blocking'], byDefault: 'non-blocking' },
  fargateEventWindows: { values: SWITCH, byDefault: 'disabled' },
  fargateFIPSMode: { values: SWITCH, byDefault: 'disabled' },
  fargateTaskRetirementWaitPeriod: { values: ['0', '7', '14'], byDefault: '7' },
  guardDutyActivate: { values: ['on', 'off'], byDefault: 'off' },
  serviceLongArnFormat: { values: SWITCH, byDefault: 'enabled' },
  // Terraform's provider takes a setting back by "disabled", whatever its values are.
  tagResourceAuthorization: { values: ['on', 'off', ...SWITCH], byDefault: 'on' },
  taskLongArnFormat: { values: SWITCH, byDefault: 'enabled' },
};

/** ECS's own setting, shown but never changed by a user. */
const MANAGED = 'guardDutyActivate';

/** Every ARN has been long since 2021, and Terraform knows this refusal: deleting its resource tries to go back. */
const isLongArnFormat = (name: string) => name.endsWith('LongArnFormat');

function checkName(name: string): string {
  if (Object.hasOwn(SETTINGS, name)) return name;
  throw refusals.invalidParameter(`Unknown setting ${name}. It should be one of [${Object.keys(SETTINGS).join(',')}]`);
}

const rootOf = (scope: Scope) => `arn:aws:iam::${scope.accountId}:root`;

/** Whose setting: undefined for the account's default, which is also the root user's (ECS: it holds for all who set none). */
function holder(caller: Caller, principalArn: string | undefined): { readonly principalArn?: string } {
  const arn = principalArn ?? caller.principal;
  if (arn === rootOf(caller)) return {};
  const iam = `arn:aws:iam::${caller.accountId}:`;
  // IAM's characters of paths and names (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html): nothing that a terminal obeys.
  if (!arn.startsWith(iam) || !/^(user|role)\/[\w+=,.@/-]{1,576}$/.test(arn.slice(iam.length))) {
    throw refusals.invalidParameter(
      `Invalid principalArn ${arn}. Give a user, a role or the root of account ${caller.accountId}.`,
    );
  }
  return { principalArn: arn };
}

/** What holds for a principal: its own, else the account's default, else ECS's. */
export function effectiveSetting(state: EcsState, scope: Scope, name: string, principalArn?: string): string {
  const { accountId, region } = scope;
  const own = principalArn && state.accountSettings.get(accountSettingKey({ accountId, region, name, principalArn }));
  const account = state.accountSettings.get(accountSettingKey({ accountId, region, name }));
  return (own || account)?.value ?? SETTINGS[checkName(name)]!.byDefault;
}

const describe = (caller: Caller, name: string, value: string, principalArn: string | undefined) => ({
  name,
  value,
  principalArn: principalArn ?? rootOf(caller),
  type: name === MANAGED ? 'aws_managed' : 'user',
});

interface PutInput {
  readonly name: string;
  readonly value: string;
  readonly principalArn?: string;
}

const put = (whose: (caller: Caller, input: PutInput) => { readonly principalArn?: string }): CommandRule<PutInput> => ({
  actors: ['state-store'],
  decide(state, input, context) {
    const { values } = SETTINGS[checkName(input.name)]!;
    if (input.name === MANAGED) throw refusals.invalidParameter(`${MANAGED} is managed by AWS and cannot be changed.`);
    if (!values.includes(input.value)) {
      throw refusals.invalidParameter(
        `Invalid value ${input.value} for ${input.name}. It should be one of [${values.join(',')}]`,
      );
    }
    if (isLongArnFormat(input.name) && input.value === 'disabled') {
      throw refusals.invalidParameter('You can no longer disable Long Arn settings.');
    }
    const { accountId, region } = context;
    const setting: AccountSetting = { accountId, region, name: input.name, value: input.value, ...whose(context, input) };
    const same = state.accountSettings.get(accountSettingKey(setting))?.value === input.value;
    return same ? [] : [event('AccountSettingPut', setting)];
  },
  reply: (_state, input, _events, caller) => ({
    setting: describe(caller, input.name, input.value, whose(caller, input).principalArn),
  }),
});

const deleteAccountSetting: CommandRule<{ name: string; principalArn?: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const { accountId, region } = context;
    const setting = { accountId, region, name: checkName(input.name), ...holder(context, input.principalArn) };
    return state.accountSettings.has(accountSettingKey(setting)) ? [event('AccountSettingDeleted', setting)] : [];
  },
  reply(state, input, _events, caller) {
    const { principalArn } = holder(caller, input.principalArn);
    return { setting: describe(caller, input.name, effectiveSetting(state, caller, input.name, principalArn), principalArn) };
  },
};

interface ListInput extends PageInput {
  readonly name?: string;
  readonly value?: string;
  readonly principalArn?: string;
  readonly effectiveSettings?: boolean;
}

const listAccountSettings: QueryRule<ListInput> = (state, input, context) => {
  if (input.value !== undefined && input.name === undefined) {
    throw refusals.invalidParameter('value needs a name: say which account setting is to have it.');
  }
  const { principalArn } = holder(context, input.principalArn);
  const names = input.name === undefined ? Object.keys(SETTINGS) : [checkName(input.name)];
  const { accountId, region } = context;
  const set = (name: string) => state.accountSettings.get(accountSettingKey({ accountId, region, name, principalArn }))?.value;
  const settings = names.flatMap((name) => {
    const value = input.effectiveSettings ? effectiveSetting(state, context, name, principalArn) : set(name);
    const wanted = value !== undefined && (input.value === undefined || input.value === value);
    return wanted ? [describe(context, name, value, principalArn)] : [];
  });
  // ECS pages by ten; a client that never pages (ecs-cli) would miss the eleventh setting, so all fit on one page here.
  return pageReply(
    'settings',
    paginate(settings, ({ name }) => name, input, { list: 'settings' }),
  );
};

export const accountSettingsCommands: CommandRules = {
  PutAccountSetting: put((caller, input) => holder(caller, input.principalArn)),
  PutAccountSettingDefault: put(() => ({})),
  DeleteAccountSetting: deleteAccountSetting,
};
export const accountSettingsQueries: QueryRules = { ListAccountSettings: listAccountSettings };
