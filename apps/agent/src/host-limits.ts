import { allows, grantFor, type HostAccess, type HostReach, type Reaching, reachesOf } from '#lib/ecs/placement';

/**
 * What this host allows, asked before anything is pulled or made: placement keeps such tasks away already, but decides on what the
 * control plane knows. Here is decided on the host: a path that leads elsewhere by a link counts as where it leads, because whoever
 * may write into an allowed directory may put links there.
 */
export class HostLimits {
  constructor(
    private readonly access: HostAccess,
    private readonly realPath: (path: string) => Promise<string>,
  ) {}

  /** Why the definition may not run here; undefined when it may. */
  async refusal(definition: Reaching): Promise<string | undefined> {
    if (this.access === 'all') return undefined;
    for (const reach of reachesOf(definition)) {
      const { value, words, field } = reach;
      const what = value === undefined ? words : `${value}, ${words}`;
      const say = `${field} of the task definition. Whoever runs the host can: ./longshore up --allow ${grantFor(reach)}`;
      if (!allows(this.access, reach)) return `this host does not allow ${what} (${say})`;
      const elsewhere = await this.leadsElsewhere(reach);
      if (elsewhere) return `this host does not allow ${what}, which leads to ${elsewhere.value} (${say})`;
    }
    return undefined;
  }

  private async leadsElsewhere(reach: HostReach): Promise<HostReach | undefined> {
    if (reach.kind !== 'path' && reach.kind !== 'device') return undefined;
    const real = { ...reach, value: await this.realPath(reach.value!) };
    if (allows(this.access, real)) return undefined;
    const prefix = `${reach.kind}=`;
    const granted = (this.access as readonly string[]).filter((grant) => grant.startsWith(prefix));
    // What is allowed may be a link itself: /var/run.
    const behind = await Promise.all(granted.map(async (grant) => prefix + (await this.realPath(grant.slice(prefix.length)))));
    return allows(behind, real) ? undefined : real;
  }
}

export const NO_LIMITS = new HostLimits('all', (path) => Promise.resolve(path));
