import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { streams } from '#lib/names';
import { readJson, writeAtomically } from './files.js';
import type { Layout } from './layout.js';
import { UserFault } from '../terminal/fault.js';

/** The account of the installation itself; other accounts are made with `credentials create`. */
export const FIRST_ACCOUNT = '000000000000';
export const DEFAULT_REGION = 'us-east-1';
export const DEFAULT_CLUSTER = 'default';

/** The region that this installation's own hosts are in, and that its commands ask: what the first `up --region` said. */
export const regionOf = ({ desired }: Pick<Layout, 'desired'>): string =>
  readJson<{ readonly region?: string }>(desired)?.region ?? DEFAULT_REGION;

export const scopeOf = (layout: Layout) => ({ accountId: FIRST_ACCOUNT, region: regionOf(layout) });

export interface AccessKeyCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
}

/** Makes what is missing; never replaces a key, because everything sealed with it would be lost. */
export function ensureSecrets(layout: Layout): AccessKeyCredentials {
  refuseLostKeys(layout);
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

/**
 * Another account would begin a second, empty journal beside the one that is there, and another master key opens none of its access
 * keys: to whoever restored a backup without its secrets both look as if everything was gone.
 */
function refuseLostKeys(layout: Layout): void {
  const lost = [layout.accountKey, layout.masterKey].filter((path) => !existsSync(path));
  if (lost.length === 0 || !hasJournal(layout)) return;
  throw new UserFault(
    `There is a journal in ${layout.jetstream}, and the keys that belong to it are not there (${lost.join(', ')}): restore ` +
      `${layout.secrets} from the same backup, or begin anew with ./longshore down --purge.`,
  );
}

/** JetStream keeps a directory for each account, with one for each stream in it. */
export function hasJournal({ jetstream }: Layout): boolean {
  const accounts = join(jetstream, 'jetstream');
  if (!existsSync(accounts)) return false;
  return readdirSync(accounts).some((account) => existsSync(join(accounts, account, 'streams', streams.journal('ecs'))));
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
