import { type Attribute, MAX_ATTRIBUTE_LENGTH } from '../model/common.js';
import { HOST_REACHES, type HostReach, type Reaching, reachesOf } from './host-reach.js';

/**
 * What a host lets containers reach of it: everything, or only this. As Nomad's client has it (`allow_privileged`, `allow_caps`,
 * `volumes`): the host's own word, which no key and no account can change. Each grant is `privileged`, `network`, `pid`, `ipc`,
 * `path=/srv/data` (and what is below), `capability=NET_ADMIN`, `device=/dev/fuse`, `security-options` or `volume-options`.
 */
export type HostAccess = 'all' | readonly string[];

const VALUED = ['path', 'capability', 'device'];
/** On an instance whose host sets limits. One without it (a foreign agent's, one registered through the API) sets none. */
const LIMITED: Attribute = { name: 'longshore.host-access', value: 'limited' };
const grantAttribute = (grant: string): string => `${LIMITED.name}.${grant.replace('=', '.').replace('./', '/')}`;

export type HostAccessOutcome = { readonly access: HostAccess } | { readonly problem: string };

/** `all`, `none`, or grants with commas between them. */
export function parseHostAccess(text: string): HostAccessOutcome {
  if (text === 'all' || text === 'none') return { access: text === 'all' ? 'all' : [] };
  const grants: string[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    const [kind, value] = splitOnce(part);
    const isKnown = HOST_REACHES.some((known) => known === kind) && VALUED.includes(kind) === Boolean(value);
    if (!isKnown) return { problem: `"${part}" is none of ${WORDS}.` };
    if ((kind === 'path' || kind === 'device') && !value!.startsWith('/'))
      return { problem: `"${part}": the path has to begin with /.` };
    const grant = value ? `${kind}=${kind === 'capability' ? capabilityName(value) : plainPath(value)}` : kind;
    if (grantAttribute(grant).length > MAX_ATTRIBUTE_LENGTH) return { problem: `"${part}" is too long.` };
    grants.push(grant);
  }
  return { access: [...new Set(grants)].sort() };
}

const WORDS =
  'all, none, privileged, network, pid, ipc, path=/…, capability=…, device=/dev/…, security-options, volume-options (several with commas)';

/** How a host's instance says it: nothing where it allows everything. */
export const hostAccessAttributes = (access: HostAccess): Attribute[] =>
  access === 'all'
    ? []
    : [LIMITED, ...access.filter((grant) => grant !== 'privileged').map((grant) => ({ name: grantAttribute(grant) }))];

export const grantsPrivileged = (access: HostAccess): boolean => access === 'all' || access.includes('privileged');

export const allows = (access: HostAccess, reach: HostReach): boolean =>
  access === 'all' || grantsFor(reach).some((grant) => access.includes(grant));

/** The first reach of the definition that the instance's attributes do not allow. `requiresAttributes` has what is privileged. */
export function reachRefusedBy(attributes: ReadonlyMap<string, string>, definition: Reaching): HostReach | undefined {
  if (!attributes.has(LIMITED.name)) return undefined;
  return reachesOf(definition).find(
    (reach) => reach.kind !== 'privileged' && !grantsFor(reach).some((grant) => attributes.has(grantAttribute(grant))),
  );
}

/** What the attribute is called that would allow it. */
export const attributeAllowing = (reach: HostReach): string => grantAttribute(grantFor(reach));

/** What its host's `--allow` would have to say. */
export const grantFor = (reach: HostReach): string => grantsFor(reach)[0]!;

/** Each of them allows it; the narrowest first. */
function grantsFor({ kind, value = '' }: HostReach): string[] {
  if (kind === 'capability') return [`capability=${capabilityName(value)}`, 'capability=ALL'];
  if (kind === 'path' || kind === 'device') return upwards(plainPath(value)).map((path) => `${kind}=${path}`);
  return [kind];
}

/** Docker takes them with and without the prefix, in any case. */
const capabilityName = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');

/** Without `.`, `..` and double slashes: what the engine would open. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The path and every directory that it is in, up to `/`. */
function upwards(path: string): string[] {
  const paths = [];
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (at !== '/') paths.push(at);
  return [...paths, '/'];
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
