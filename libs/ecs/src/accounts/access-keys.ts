import type { AccessKey } from '../model/accounts.js';
import { event } from '../model/events.js';
import { type AccountId, type Caller, hashId } from '#lib/kernel';
import type { EcsState } from '../model/state.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';

/**
 * Accounts and their keys. The first account is the administrator's: it makes accounts and keys for all; any other account
 * keeps only its own keys, and does not learn which others exist.
 */
function mayKeepKeysOf(state: EcsState, caller: Caller, accountId: string): boolean {
  const isAdministrator = state.accounts.size === 0 || state.accounts.get(caller.accountId)?.administrator === true;
  return isAdministrator || caller.accountId === accountId;
}

function checkMayKeepKeysOf(state: EcsState, caller: Caller, accountId: string): void {
  if (mayKeepKeysOf(state, caller, accountId)) return;
  throw refusals.accessDenied(
    `User: ${caller.principal} is not authorized to manage access keys of account ${accountId}. Use a key of the installation's first account.`,
  );
}

const noSuchKey = (accessKeyId: string) =>
  refusals.of('NoSuchEntityException', `The access key ${accessKeyId} does not exist. List the keys to see those that do.`);

/** Without its secret, which is shown once, by whoever made it. */
const describe = ({ sealedSecret: _secret, ...shown }: AccessKey) => shown;

interface CreateInput {
  readonly accessKeyId: string;
  /** Sealed before it becomes part of a command: the journal never sees it in clear. */
  readonly sealedSecret: string;
  readonly accountId: string;
  readonly principalArn: string;
}

function check({ accessKeyId, sealedSecret, accountId, principalArn }: CreateInput): void {
  if (!/^\d{12}$/.test(accountId)) throw refusals.invalidParameter(`An account id has 12 digits, but ${accountId} was given.`);
  if (!/^\w{16,128}$/.test(accessKeyId)) {
    throw refusals.invalidParameter('An access key id has 16 to 128 letters, digits or underscores.');
  }
  if (!sealedSecret) throw refusals.invalidParameter('An access key needs a secret.');
  const iam = `arn:aws:iam::${accountId}:`;
  if (!principalArn.startsWith(iam) || !/^(root|(user|role)\/[\w+=,.@/-]{1,512})$/.test(principalArn.slice(iam.length))) {
    throw refusals.invalidParameter(
      `A principal of account ${accountId} is ${iam}root or ${iam}user/<name>, not ${principalArn}.`,
    );
  }
}

const createAccessKey: CommandRule<CreateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    check(input);
    checkMayKeepKeysOf(state, context, input.accountId);
    const { accessKeyId, sealedSecret, principalArn } = input;
    const accountId = input.accountId as AccountId;
    if (state.accessKeys.has(accessKeyId)) {
      throw refusals.of('EntityAlreadyExistsException', `The access key ${accessKeyId} exists already.`);
    }
    return [
      ...(state.accounts.has(accountId)
        ? []
        : [event('AccountCreated', { accountId, administrator: state.accounts.size === 0 })]),
      event('AccessKeyCreated', { accessKeyId, accountId, principalArn, sealedSecret, status: 'Active' }),
    ];
  },
  reply(state, { accessKeyId }) {
    const key = state.accessKeys.get(accessKeyId);
    return { accessKey: key && describe(key) };
  },
};

const deleteAccessKey: CommandRule<{ accessKeyId: string }> = {
  actors: ['state-store'],
  decide(state, { accessKeyId }, context) {
    const key = state.accessKeys.get(accessKeyId);
    // Whoever may not keep it does not learn that it exists.
    if (!key || !mayKeepKeysOf(state, context, key.accountId)) throw noSuchKey(accessKeyId);
    return [event('AccessKeyDeleted', { accessKeyId })];
  },
  reply: () => ({}),
};

const listAccessKeys: QueryRule<{ accountId?: string }> = (state, input, context) => {
  checkMayKeepKeysOf(state, context, input.accountId ?? context.accountId);
  const keys = [...state.accessKeys.by('account', input.accountId ?? context.accountId)];
  return { accessKeys: keys.map(describe).sort((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1)) };
};

/** For the gateway, which checks signatures: the one answer with a (sealed) secret in it. */
const resolveAccessKey: QueryRule<{ accessKeyId: string }> = (state, { accessKeyId }) => {
  const key = state.accessKeys.get(accessKeyId);
  if (!key) throw refusals.of('UnrecognizedClientException', 'The security token included in the request is invalid.');
  const { accountId, principalArn, sealedSecret, status } = key;
  return { accessKeyId, accountId, principalArn, sealedSecret, status };
};

/** IAM's unique ids: the account's own for root, AIDA… for a user, AROA… for a role; the same for the same principal always. */
function userIdOf(accountId: string, principal: string): string {
  const resource = principal.split(':').at(-1) ?? '';
  if (resource === 'root') return accountId;
  const unique = hashId('principal', principal).slice(0, 17).toUpperCase();
  return `${resource.startsWith('role/') ? 'AROA' : 'AIDA'}${unique}`;
}

const getCallerIdentity: QueryRule<object> = (_state, _input, { accountId, principal }) => ({
  UserId: userIdOf(accountId, principal),
  Account: accountId,
  Arn: principal,
});

export const accessKeysCommands: CommandRules = { CreateAccessKey: createAccessKey, DeleteAccessKey: deleteAccessKey };
export const accessKeysQueries: QueryRules = {
  ListAccessKeys: listAccessKeys,
  ResolveAccessKey: resolveAccessKey,
  GetCallerIdentity: getCallerIdentity,
};
