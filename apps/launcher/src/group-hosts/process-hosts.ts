import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HostAnswer, HostSize, HostToStart } from '#lib/ecs/model';
import { readJson, writeAtomically } from '../host/files.js';
import { removeInstance } from '../host/instance-remains.js';
import type { Layout } from '../host/layout.js';
import { ensureInstanceId, FIRST_ACCOUNT } from '../host/secrets.js';
import { type GroupHost, withHost } from './domain/group-host.js';
import type { HostKeeper } from './host-keeper.js';

/** Agents on this host: each is a container instance on the same engine, with an address of the loopback network of its own. */
export class ProcessHosts implements HostKeeper {
  private hosts: readonly GroupHost[];

  constructor(
    private readonly layout: Layout,
    private readonly options: {
      readonly size: HostSize;
      /** Why no container can run on this host; undefined: they can. */
      readonly problem: () => string | undefined;
      /** Lets just these run; resolves when their processes are started and ended. */
      readonly apply: () => Promise<void>;
    },
  ) {
    this.hosts = readJson<readonly GroupHost[]>(layout.groupHosts) ?? [];
  }

  get all(): readonly GroupHost[] {
    return this.hosts;
  }

  get size(): HostSize {
    return this.options.size;
  }

  async start(asked: HostToStart): Promise<HostAnswer> {
    const problem = this.options.problem();
    if (problem) return { refusal: problem };
    if (asked.accountId !== FIRST_ACCOUNT)
      return { refusal: `Hosts on the machine of the control plane are for the account ${FIRST_ACCOUNT} only.` };
    const outcome = withHost(this.hosts, asked);
    if ('refusal' in outcome) return outcome;
    const { slot } = outcome.hosts.find(({ instanceId }) => instanceId === asked.instanceId)!;
    ensureInstanceId(this.layout, slot, asked.instanceId);
    await this.become(outcome.hosts);
    return { done: true };
  }

  async end(instanceId: string): Promise<HostAnswer> {
    const host = this.hosts.find((one) => one.instanceId === instanceId);
    if (!host) return { done: true };
    const directory = join(this.layout.agents, String(host.slot));
    await this.become(this.hosts.filter((one) => one !== host));
    await removeInstance(instanceId);
    // The slot is somebody else's from now on.
    rmSync(directory, { recursive: true, force: true });
    rmSync(join(this.layout.creds, `${instanceId}.creds`), { force: true });
    return { done: true };
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve(this.hosts.map(({ instanceId }) => instanceId));
  }

  /** On disk first: the next supervisor goes on with what this one has begun. */
  private async become(hosts: readonly GroupHost[]): Promise<void> {
    if (hosts !== this.hosts) writeAtomically(this.layout.groupHosts, `${JSON.stringify(hosts, null, 2)}\n`);
    this.hosts = hosts;
    await this.options.apply();
  }
}
