import { readFileSync } from 'node:fs';
import { askApi } from '../api/api-client.js';
import { access, exportLines, keyVariables } from './aws.js';
import { secondsOf } from './domain/since.js';
import { UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';
import { type AccessKeyCredentials, regionOf, writeCredentialsFile } from '../host/secrets.js';
import { table } from '../terminal/table.js';
import { say, warn } from '../terminal/terminal.js';

export interface CreateFlags {
  readonly account?: string;
  readonly name?: string;
  readonly taskRole?: string;
  readonly role?: string;
  /** A file. */
  readonly policy?: string;
  readonly expires?: string;
}

/** What `ListAccessKeys` shows; instants as seconds since the epoch, as AWS JSON has them. */
interface ListedKey {
  readonly accessKeyId: string;
  readonly principalArn: string;
  readonly role?: string;
  readonly policy?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
}

const ask = (layout: Layout, operation: string, input: object): Promise<unknown> =>
  askApi({ ...access(layout), region: regionOf(layout), service: 'longshore', target: `Longshore_20261122.${operation}`, input });

function accountOf(id: string | undefined): { accountId?: string } {
  if (id === undefined) return {};
  if (!/^\d{12}$/.test(id)) throw new UserFault('--account takes an account id: 12 digits, for example 111122223333.');
  return { accountId: id };
}

export async function createCredentials(layout: Layout, flags: CreateFlags): Promise<void> {
  const { name, taskRole, role, policy, expires } = flags;
  if (name && taskRole) throw new UserFault('A key is of a user (--name) or of a role of tasks (--task-role), not of both.');
  const output = await ask(layout, 'CreateAccessKey', {
    ...accountOf(flags.account),
    name,
    taskRole,
    role,
    ...(policy === undefined ? {} : { policy: policyIn(policy) }),
    ...(expires === undefined ? {} : { expiresInSeconds: expiryIn(expires) }),
  });
  show(layout, output);
}

function expiryIn(text: string): number {
  const seconds = secondsOf(text);
  if (seconds === undefined) throw new UserFault('--expires takes a time from now on: 90d, 12h or 30m.');
  return seconds;
}

function policyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserFault(`The policy cannot be read: ${(error as Error).message}`);
  }
}

/** The sentence goes to standard error, so that `eval "$(./longshore credentials create …)"` works. */
function show(layout: Layout, output: unknown): void {
  const { accessKey } = output as { accessKey: AccessKeyCredentials };
  warn(`An access key of account ${accessKey.accountId}. Its secret is shown only now:`);
  say(exportLines({ AWS_ENDPOINT_URL: access(layout).endpoint, ...keyVariables(accessKey, regionOf(layout)) }));
}

export async function listCredentials(layout: Layout, flags: { account?: string; json?: boolean }): Promise<void> {
  const { accessKeys } = (await ask(layout, 'ListAccessKeys', accountOf(flags.account))) as { accessKeys: readonly ListedKey[] };
  if (flags.json) return say(JSON.stringify(accessKeys, undefined, 2));
  const rows = accessKeys.map(({ accessKeyId, principalArn, role = 'admin', policy, createdAt, expiresAt }) => [
    accessKeyId,
    principalArn
      .split(':')
      .slice(5)
      .join(':')
      .replace(/^user\//, ''),
    policy === undefined ? role : `${role}, with a policy`,
    instant(createdAt),
    expiresAt === undefined ? 'never' : instant(expiresAt),
  ]);
  say(table([['KEY', 'NAME', 'ROLE', 'CREATED', 'EXPIRES'], ...rows]));
}

const instant = (seconds: number) => new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');

export async function deleteCredentials(layout: Layout, accessKeyId: string): Promise<void> {
  refuseOwn(layout, accessKeyId);
  await ask(layout, 'DeleteAccessKey', { accessKeyId });
  say(`${accessKeyId} is deleted; gateways take it for ten seconds more at most.`);
}

/** A new key with the old one's rights, in one step: whoever uses it is to be told the new one within ten seconds. */
export async function rotateCredentials(layout: Layout, accessKeyId: string): Promise<void> {
  refuseOwn(layout, accessKeyId);
  show(layout, await ask(layout, 'RotateAccessKey', { accessKeyId }));
}

/**
 * The first account gets another key, the launcher uses it, and then the old one is deleted. Interrupted in between it leaves a key
 * too many, never none.
 */
export async function replaceCredentials(layout: Layout): Promise<void> {
  const { credentials: before } = access(layout);
  const output = await ask(layout, 'CreateAccessKey', { accountId: before.accountId });
  const { accessKeyId, secretAccessKey, accountId } = (output as { accessKey: AccessKeyCredentials }).accessKey;
  writeCredentialsFile(layout, { accessKeyId, secretAccessKey, accountId });
  await ask(layout, 'DeleteAccessKey', { accessKeyId: before.accessKeyId });
  say(`The first account's key is ${accessKeyId} now, and ${before.accessKeyId} is no key any more.`);
  say('Shells that have the old one take the new one with: eval "$(./longshore env)"');
}

function refuseOwn(layout: Layout, accessKeyId: string): void {
  if (access(layout).credentials.accessKeyId !== accessKeyId) return;
  throw new UserFault(
    `${accessKeyId} is the key that this command itself uses. Take another one with ./longshore credentials replace`,
  );
}

export async function putHostAccess(layout: Layout, account: string, value: string): Promise<void> {
  if (value !== 'allowed' && value !== 'denied') throw new UserFault('Host access is allowed or denied.');
  await ask(layout, 'PutHostAccess', { ...accountOf(account), hostAccess: value });
  say(`Host access of account ${account}: ${value}.`);
}
