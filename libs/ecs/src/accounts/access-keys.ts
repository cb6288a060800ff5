import type { AccessKey, AccessRole, HostAccess } from '../model/accounts.js';
import { event } from '../model/events.js';
import { type AccountId, type Caller, type CommandContext } from '#lib/kernel';
import { checkPolicy } from '../authorization/access.js';
import { ROLES } from '../authorization/roles.js';
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

/**
 * A key with less than all rights keeps no keys, whatever its policy says: it would make itself one that may more. Who asks is looked
 * up here and not believed, because a gateway may remember a key for some seconds.
 */
export function checkIsAdmin(state: EcsState, { accessKeyId, principal }: CommandContext): void {
  if (accessKeyId === undefined) return;
  const key = state.accessKeys.get(accessKeyId);
  if (key && (key.role ?? 'admin') === 'admin' && key.policy === undefined) return;
  throw refusals.accessDenied(
    `User: ${principal} is not authorized to manage access keys and roles. Use a key of the role admin that has no policy.`,
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
  readonly role?: AccessRole;
  readonly policy?: string;
  /** From now on. */
  readonly expiresInSeconds?: number;
}

const MAX_EXPIRY_SECONDS = 10 * 366 * 86_400;

function check({ accessKeyId, sealedSecret, accountId, principalArn, role, policy, expiresInSeconds }: CreateInput): void {
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
  if (role !== undefined && !Object.hasOwn(ROLES, role)) {
    throw refusals.invalidParameter(`A key has one of the roles ${Object.keys(ROLES).join(', ')}, not ${String(role)}.`);
  }
  if (expiresInSeconds !== undefined && !(expiresInSeconds >= 1 && expiresInSeconds <= MAX_EXPIRY_SECONDS)) {
    throw refusals.invalidParameter('A key expires after 1 second to 10 years.');
  }
  if (policy !== undefined) checkPolicy(policy);
  if (principalArn.startsWith(`${iam}role/`) && role === undefined && policy === undefined) {
    throw refusals.invalidParameter('Say what tasks with this role may do: a role (read, deploy, admin), a policy, or both.');
  }
}

const createAccessKey: CommandRule<CreateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    check(input);
    checkIsAdmin(state, context);
    checkMayKeepKeysOf(state, context, input.accountId);
    const { accessKeyId, sealedSecret, principalArn, role, policy, expiresInSeconds } = input;
    const accountId = input.accountId as AccountId;
    if (state.accessKeys.has(accessKeyId)) {
      throw refusals.of('EntityAlreadyExistsException', `The access key ${accessKeyId} exists already.`);
    }
    return [
      ...(state.accounts.has(accountId)
        ? []
        : [event('AccountCreated', { accountId, administrator: state.accounts.size === 0 })]),
      event('AccessKeyCreated', {
        accessKeyId,
        accountId,
        principalArn,
        sealedSecret,
        status: 'Active',
        ...(role === undefined ? {} : { role }),
        ...(policy === undefined ? {} : { policy }),
        ...(expiresInSeconds === undefined ? {} : { expiresAt: after(context.at, expiresInSeconds) }),
      }),
    ];
  },
  reply(state, { accessKeyId }) {
    const key = state.accessKeys.get(accessKeyId);
    return { accessKey: key && describe(key) };
  },
};

const after = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1_000).toISOString();

interface RotateInput {
  /** The new one's. */
  readonly accessKeyId: string;
  readonly sealedSecret: string;
  readonly replaces: string;
}

/** A new key with the rights, the name and the end of the old one, which is deleted in the same step. */
const rotateAccessKey: CommandRule<RotateInput> = {
  actors: ['state-store'],
  decide(state, { accessKeyId, sealedSecret, replaces }, context) {
    checkIsAdmin(state, context);
    const old = state.accessKeys.get(replaces);
    if (!old || !mayKeepKeysOf(state, context, old.accountId)) throw noSuchKey(replaces);
    const { createdAt: _createdAt, ...kept } = old;
    return [
      event('AccessKeyCreated', { ...kept, accessKeyId, sealedSecret }),
      event('AccessKeyDeleted', { accessKeyId: replaces }),
    ];
  },
  reply(state, { accessKeyId }) {
    const key = state.accessKeys.get(accessKeyId);
    return { accessKey: key && describe(key) };
  },
};

const putHostAccess: CommandRule<{ accountId: string; hostAccess: HostAccess }> = {
  actors: ['state-store'],
  decide(state, { accountId, hostAccess }, context) {
    checkIsAdmin(state, context);
    if (state.accounts.get(context.accountId)?.administrator !== true) {
      throw refusals.accessDenied(`User: ${context.principal} is not authorized to say what accounts may do to hosts.`);
    }
    const account = state.accounts.get(accountId as AccountId);
    if (!account) throw refusals.of('NoSuchEntityException', `There is no account ${accountId}. Its first key makes it.`);
    if (hostAccess !== 'allowed' && hostAccess !== 'denied') throw refusals.invalidParameter('hostAccess is allowed or denied.');
    return account.hostAccess === hostAccess
      ? []
      : [event('AccountHostAccessChanged', { accountId: account.accountId, hostAccess })];
  },
  reply: (_state, { accountId, hostAccess }) => ({ accountId, hostAccess }),
};

const deleteAccessKey: CommandRule<{ accessKeyId: string }> = {
  actors: ['state-store'],
  decide(state, { accessKeyId }, context) {
    checkIsAdmin(state, context);
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
  const { accountId, principalArn, sealedSecret, status, role, policy, expiresAt } = key;
  const ofFirst = state.accounts.get(accountId)?.administrator ? { administrator: true } : {};
  return { accessKeyId, accountId, principalArn, sealedSecret, status, role, policy, expiresAt, ...ofFirst };
};

export const accessKeysCommands: CommandRules = {
  CreateAccessKey: createAccessKey,
  RotateAccessKey: rotateAccessKey,
  DeleteAccessKey: deleteAccessKey,
  PutHostAccess: putHostAccess,
};
export const accessKeysQueries: QueryRules = {
  ListAccessKeys: listAccessKeys,
  ResolveAccessKey: resolveAccessKey,
};
