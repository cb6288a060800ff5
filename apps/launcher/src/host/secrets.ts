import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeAtomically } from './files.js';
import type { Layout } from './layout.js';

/** The account of the installation itself; other accounts are made with `credentials create`. */
export const FIRST_ACCOUNT = '000000000000';
export const DEFAULT_REGION = 'us-east-1';
export const DEFAULT_CLUSTER = 'default';
export const FIRST_SCOPE = { accountId: FIRST_ACCOUNT, region: DEFAULT_REGION };

export interface AccessKeyCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
}

/** Makes what is missing; never replaces a key, because everything sealed with it would be lost. */
export function ensureSecrets(layout: Layout): AccessKeyCredentials {
  if (!existsSync(layout.masterKey)) writeAtomically(layout.masterKey, `${randomBytes(32).toString('hex')}\n`, 0o600);
  const existing = readCredentials(layout);
  if (existing) return existing;
  const credentials: AccessKeyCredentials = {
    accessKeyId: `AKIA${Array.from({ length: 16 }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[randomInt(32)]).join('')}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    accountId: FIRST_ACCOUNT,
  };
  writeCredentialsFile(layout, credentials);
  return credentials;
}

export const writeCredentialsFile = (layout: Layout, credentials: AccessKeyCredentials): void =>
  writeAtomically(layout.credentials, `${JSON.stringify(credentials, null, 2)}\n`, 0o600);

export const readCredentials = (layout: Layout): AccessKeyCredentials | undefined =>
  readJson<AccessKeyCredentials>(layout.credentials);

/** The id that this host's `replica`-th agent keeps for life: the end of its container instance's ARN. */
export function ensureInstanceId(layout: Layout, replica: number, given?: string): string {
  const directory = join(layout.agents, String(replica));
  mkdirSync(join(directory, 'state'), { recursive: true });
  const path = join(directory, 'instance-id');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const id = given ?? randomBytes(16).toString('hex');
  writeAtomically(path, `${id}\n`);
  return id;
}

export const instanceIdsOf = (layout: Layout, agents: number): string[] =>
  Array.from({ length: agents }, (_, index) => ensureInstanceId(layout, index + 1));
