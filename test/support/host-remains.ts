import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { controlGroupPrefix, packetFilterTable } from '#lib/names';
import { CONTROL_GROUPS, ENGINE_GROUP } from '#lib/platform';
import { type CommandResult, INSTANCE_LABEL } from './longshore.js';

/** What a host has on behalf of an agent, thing by thing: two looks at a host with nothing more are equal. */
export type Remains = Readonly<Record<string, readonly string[]>>;

export interface LookedAt {
  readonly docker: Docker;
  readonly instanceId: string;
  /** The agent's state, and the data directory of its installation. */
  readonly state: string;
  readonly data: string;
  /** A program in the host's network. */
  readonly execute: (program: string, ...args: string[]) => Promise<CommandResult>;
  /**
   * Of a host whose network and engine are nobody else's: all of their links, addresses, rules, mounts and processes are counted. On one that
   * is shared only those that bear the agent's name.
   */
  readonly own?: { readonly socketPath: string; readonly namespace: string };
}

export async function remainsOf(host: LookedAt): Promise<Remains> {
  const { docker, instanceId, execute, own } = host;
  const filters = { label: [`${INSTANCE_LABEL}=${instanceId}`] };
  const [containers, volumes, links, rules] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters }),
    execute('ip', '-json', '-d', 'address', 'show'),
    execute('nft', '-j', 'list', 'ruleset'),
  ]);
  return sorted({
    containers: containers.map(({ Names }) => Names[0]!),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name),
    groups: groupsOf(controlGroupPrefix(instanceId)),
    records: [...filesOf(join(host.state, 'tasks')), ...filesOf(join(host.state, 'firelens'))],
    rules: rulesIn(rules.stdout, own ? undefined : packetFilterTable(instanceId)),
    ...(own
      ? {
          links: linksIn(links.stdout),
          mounts: mountsBelow(dirname(own.socketPath)),
          processes: processesIn(own.namespace),
        }
      : { processes: processesOf(host.data) }),
  });
}

const sorted = (remains: Record<string, readonly string[]>): Remains =>
  Object.fromEntries(Object.entries(remains).map(([kind, things]) => [kind, things.toSorted()]));

/** Names of veths are by chance; what they hang on is not. */
const linksIn = (json: string): string[] =>
  (JSON.parse(json) as any[]).flatMap(({ ifname, master, linkinfo, addr_info: addresses = [] }) => [
    linkinfo?.info_kind === 'veth' ? `veth on ${master ?? 'nothing'}` : `link ${ifname}`,
    ...addresses.map(({ local, prefixlen }: any) => `address ${local}/${prefixlen}`),
  ]);

/** Numbers of rules, elements of sets and maps, chains and tables; each as often as it is there. */
const rulesIn = (json: string, table: string | undefined): string[] =>
  (JSON.parse(json).nftables as Record<string, any>[]).flatMap((entry) => {
    const [kind, thing] = Object.entries(entry)[0]!;
    const of = kind === 'table' ? thing.name : thing.table;
    if (kind === 'metainfo' || (table !== undefined && of !== table)) return [];
    const name = `${kind} of ${thing.family} ${of} ${thing.chain ?? thing.name ?? ''}`;
    return [name, ...(thing.elem ?? []).map((element: unknown) => `element of ${name}: ${JSON.stringify(element)}`)];
  });

/** Of containers, and of their namespaces, which the engine keeps by mounts. */
const mountsBelow = (directory: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((path) => path.startsWith(`${directory}/`));

function processesIn(namespace: string): string[] {
  return processes((pid) => readlinkSync(`/proc/${pid}/ns/net`) === namespace);
}

/** Those that were started for this directory: it is in their environment, or they run in it. */
const processesOf = (data: string): string[] =>
  processes(
    (pid) =>
      readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`LONGSHORE_DATA=${data}`) ||
      readlinkSync(`/proc/${pid}/cwd`).startsWith(`${data}/`),
  );

function processes(isMeant: (pid: string) => boolean): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!isMeant(pid) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return [];
        return [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()];
      } catch (error) {
        // It has ended meanwhile, or is the kernel's own.
        if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
        throw error;
      }
    });
}

function groupsOf(prefix: string): string[] {
  const trees = existsSync(join(CONTROL_GROUPS, 'cgroup.controllers'))
    ? [CONTROL_GROUPS]
    : readdirSync(CONTROL_GROUPS).map((name) => join(CONTROL_GROUPS, name));
  return trees.flatMap((tree) => filesOf(join(tree, ENGINE_GROUP)).filter((path) => path.includes(`/${prefix}`)));
}

const filesOf = (directory: string): string[] =>
  existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
