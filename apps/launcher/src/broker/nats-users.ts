import { encodeAccount, encodeOperator, encodeUser, fmtCreds, type Account } from '@nats-io/jwt';
import { createAccount, createOperator, createUser, fromSeed, type KeyPair } from '@nats-io/nkeys';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signNatively } from '#lib/messaging';
import { LENT_TO_HOSTS, type NatsPermissions } from '#lib/names';
import type { NatsConfig } from './domain/nats-config.js';
import { writeAtomically } from '../host/files.js';
import type { Layout } from '../host/layout.js';

signNatively();

/**
 * The installation's own NATS identities: an operator, the control plane's account with all that JetStream keeps, the hosts' account
 * (docs/adr/0006-hosts-account.md), a system account (JetStream refuses to start in operator mode without one), and a user per app and
 * per agent instance. Seeds stay in `.longshore/secrets`.
 */
export interface NatsIdentities {
  readonly operator: KeyPair;
  readonly controlPlane: KeyPair;
  /** Since when hosts have an account of their own, in seconds. Who became a user before is none of the control plane's any more. */
  readonly separateSince: number;
  readonly hosts: KeyPair;
  readonly systemAccount: KeyPair;
}

const UNLIMITED = -1;
/** How long a user may answer a request that it got: longer than the gateway waits. */
const RESPONSE_TTL_NANOS = 60_000_000_000;

export function loadIdentities(layout: Layout): NatsIdentities {
  return {
    operator: keyAt(join(layout.secrets, 'nats-operator.nk'), createOperator),
    // Its file's name is of the time when it was the only one.
    controlPlane: keyAt(layout.accountKey, createAccount),
    separateSince: instantAt(join(layout.secrets, 'nats-hosts-account.since')),
    hosts: keyAt(join(layout.secrets, 'nats-hosts-account.nk'), createAccount),
    systemAccount: keyAt(join(layout.secrets, 'nats-system-account.nk'), createAccount),
  };
}

const UNLIMITED_ACCOUNT = {
  subs: UNLIMITED,
  data: UNLIMITED,
  payload: UNLIMITED,
  imports: UNLIMITED,
  exports: UNLIMITED,
  wildcards: true,
  conn: UNLIMITED,
  leaf: UNLIMITED,
};
const UNLIMITED_JETSTREAM = { mem_storage: UNLIMITED, disk_storage: UNLIMITED, streams: UNLIMITED, consumer: UNLIMITED };

/** `revoked`: users of hosts by public key, and since when (milliseconds); the server ends their connections. */
export async function serverIdentity(
  identities: NatsIdentities,
  revoked: ReadonlyMap<string, number> = new Map(),
): Promise<Pick<NatsConfig, 'operatorJwt' | 'accounts' | 'systemAccount'>> {
  const { operator, controlPlane, hosts, systemAccount, separateSince } = identities;
  const account = async (name: string, key: KeyPair, claims: Partial<Account>) => ({
    publicKey: key.getPublicKey(),
    jwt: await encodeAccount(name, key, claims, { signer: operator }),
  });
  return {
    operatorJwt: await encodeOperator('longshore', operator, { system_account: systemAccount.getPublicKey() }),
    accounts: [
      await account('longshore', controlPlane, {
        limits: { ...UNLIMITED_ACCOUNT, ...UNLIMITED_JETSTREAM },
        exports: LENT_TO_HOSTS.map(({ name, kind, subject }) => ({ name, type: kind, subject })),
        revocations: { '*': separateSince },
      }),
      await account('hosts', hosts, {
        limits: UNLIMITED_ACCOUNT,
        imports: LENT_TO_HOSTS.map(({ name, kind, subject, hostsSubject }) => ({
          name,
          type: kind,
          account: controlPlane.getPublicKey(),
          subject,
          ...(hostsSubject ? { local_subject: hostsSubject } : {}),
        })),
        revocations: Object.fromEntries([...revoked].map(([key, at]) => [key, Math.ceil(at / 1_000)])),
      }),
    ],
    systemAccount: await account('system', systemAccount, { limits: UNLIMITED_ACCOUNT }),
  };
}

/**
 * The JWT of a user that may do `permissions` and nothing else. With `expiresAt` (milliseconds) the server refuses it from then on,
 * and ends its connection.
 */
export function userJwt(
  identities: NatsIdentities,
  name: string,
  permissions: NatsPermissions,
  publicKey: string,
  expiresAt?: number,
): Promise<string> {
  // An empty list allows everything.
  const listed = (subjects: readonly string[]) =>
    subjects.length > 0 ? { allow: [...subjects], deny: [] } : { allow: [], deny: ['>'] };
  return encodeUser(
    name,
    publicKey,
    permissions.account === 'hosts' ? identities.hosts : identities.controlPlane,
    {
      pub: listed(permissions.publish),
      sub: listed(permissions.subscribe),
      ...(permissions.responses ? { resp: { max: 1, ttl: RESPONSE_TTL_NANOS } } : {}),
      subs: UNLIMITED,
      data: UNLIMITED,
      payload: UNLIMITED,
    },
    expiresAt === undefined ? {} : { exp: Math.ceil(expiresAt / 1_000) },
  );
}

/** A `.creds` file's text: JWT and seed. */
export async function userCredentials(
  identities: NatsIdentities,
  name: string,
  permissions: NatsPermissions,
  options: { readonly key?: KeyPair; readonly expiresAt?: number } = {},
): Promise<string> {
  const key = options.key ?? createUser();
  const jwt = await userJwt(identities, name, permissions, key.getPublicKey(), options.expiresAt);
  return credentialsText(jwt, key);
}

export const credentialsText = (jwt: string, key: KeyPair): string => new TextDecoder().decode(fmtCreds(jwt, key));

/**
 * Writes `<name>.creds` and returns its path. The key is kept; the JWT is made anew, so that changed permissions of a newer
 * Longshore take effect with the next start.
 */
export async function writeCredentials(
  layout: Layout,
  identities: NatsIdentities,
  name: string,
  permissions: NatsPermissions,
): Promise<string> {
  const path = credentialsPath(layout, name);
  const key = userKey(layout, name);
  writeAtomically(path, await userCredentials(identities, name, permissions, { key }), 0o600);
  return path;
}

export const credentialsPath = (layout: Layout, name: string): string => join(layout.creds, `${name}.creds`);

/** Made on the host that uses it, and never leaves it. */
export const userKey = (layout: Layout, name: string): KeyPair => keyAt(join(layout.creds, `${name}.nk`), createUser);

function keyAt(path: string, create: () => KeyPair): KeyPair {
  if (existsSync(path)) return fromSeed(readFileSync(path));
  const key = create();
  writeAtomically(path, new TextDecoder().decode(key.getSeed()), 0o600);
  return key;
}

/** In seconds, and not this one: a revocation covers who became a user within it. */
function instantAt(path: string): number {
  if (!existsSync(path)) writeAtomically(path, `${Math.floor(Date.now() / 1_000) - 1}\n`, 0o600);
  return Number(readFileSync(path, 'utf8'));
}
