/** Where a KurrentDB is: the client's connection string, and a text for people that has no secret in it. */
export interface KurrentDbAddress {
  /** With user and password: for the client only. */
  readonly connectionString: string;
  /** First part of the names of its streams: several installations can share a server. */
  readonly prefix: string;
  readonly shown: string;
}

const SCHEMES = ['kurrentdb', 'kurrentdb+discover'];
/** Of the client 1.3. It prints a connection string, password and all, when it meets one that it does not know. */
const OPTIONS = [
  'connectionName',
  'defaultDeadline',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
  'nodePreference',
  'tls',
  'tlsCAFile',
  'tlsVerifyCert',
  'userCertFile',
  'userKeyFile',
];
const ADDRESS =
  /^([a-z+]+):\/\/(?:[^@/?#]+:[^@/?#]+@)?((?:[\w.-]+(?::\d{1,5})?)(?:,[\w.-]+(?::\d{1,5})?)*)(?:\/([\w-]{0,64}))?(?:\?(.*))?$/;
const DEFAULT_PREFIX = 'longshore';

/** `text` is never repeated in an error: it may hold a password. */
export class KurrentDbUrlError extends Error {}

/**
 * `kurrentdb://user:password@host:2113/prefix?tls=true`: the official connection string, and a path that names the streams' prefix.
 * https://docs.kurrent.io/clients/grpc/getting-started#connection-string
 */
export function parseKurrentDbUrl(text: string): KurrentDbAddress {
  const [, scheme, hosts, path, query = ''] = ADDRESS.exec(text.trim()) ?? [];
  if (!scheme || !hosts || !SCHEMES.includes(scheme))
    throw new KurrentDbUrlError(
      'The address of KurrentDB has to look like kurrentdb://user:password@host:2113?tls=true (special characters of a password as %XX)',
    );
  const names = query === '' ? [] : query.split('&').map((option) => option.split('=')[0]!);
  const unknown = names.find((name) => !OPTIONS.some((known) => known.toLowerCase() === name.toLowerCase()));
  if (unknown !== undefined)
    throw new KurrentDbUrlError(`The address of KurrentDB has an option that its client does not know: ${unknown}`);
  const withoutPath = path === undefined ? text.trim() : text.trim().replace(`${hosts}/${path}`, hosts);
  return {
    connectionString: withoutPath,
    prefix: path ? path : DEFAULT_PREFIX,
    shown: `${scheme}://${hosts}/${path ? path : DEFAULT_PREFIX}`,
  };
}
