import { formatIpv4, parseCidr, type Scope, scopeKey } from '#lib/kernel';
import { defaultAcl, defaultNetwork } from './default-network.js';
import { event, type NetworkEvent } from './events.js';
import {
  type HostInterface,
  type Kind,
  KINDS,
  type LoadBalancerMember,
  type NetworkAcl,
  type NetworkInterface,
  type NetworkResource,
  type OfKind,
  type SecurityGroup,
  type SecurityGroupRule,
  type Subnet,
  type Vpc,
} from './model.js';
import { refusals } from './refusals.js';
import { addressKey, type NetworkState, ofKind } from './state.js';

/** What one account sees in one region: what is written down, or the default network while nothing is. */
export class Network {
  private readonly untouched: readonly NetworkResource[] | undefined;

  constructor(
    private readonly state: NetworkState,
    private readonly scope: Scope,
  ) {
    if (!state.accounts.has(scopeKey(scope))) this.untouched = defaultNetwork(scope);
  }

  all<K extends Kind>(kind: K): readonly OfKind<K>[] {
    const found = this.untouched
      ? this.untouched.filter((resource) => resource.kind === kind)
      : Array.from(this.state.resources.ordered('kind', ofKind(this.scope, kind)));
    return found as unknown as readonly OfKind<K>[];
  }

  /** Whatever it is, and what a VPC has without anybody having written it down. */
  withId(id: string): NetworkResource | undefined {
    return (
      this.written(id) ?? (id.startsWith(KINDS['network-acl'].prefix) ? this.acls().find((acl) => acl.id === id) : undefined)
    );
  }

  isWritten(id: string): boolean {
    return this.written(id) !== undefined;
  }

  /** Of each VPC its default one, and those that were made. */
  acls(): readonly NetworkAcl[] {
    const written = this.all('network-acl');
    const defaults = this.all('vpc')
      .map(defaultAcl)
      .filter(({ id }) => !written.some((acl) => acl.id === id));
    return [...defaults, ...written];
  }

  private written(id: string): NetworkResource | undefined {
    if (this.untouched) return this.untouched.find((resource) => resource.id === id);
    const found = this.state.resources.get(id);
    return found && scopeKey(found) === scopeKey(this.scope) ? found : undefined;
  }

  get<K extends Kind>(kind: K, id: string): OfKind<K> {
    const found = this.withId(id);
    if (found?.kind !== kind) throw refusals.notFound(kind, id);
    return found as OfKind<K>;
  }

  rulesOf({ id }: Pick<SecurityGroup, 'id'>): readonly SecurityGroupRule[] {
    if (this.untouched) return this.all('security-group-rule').filter(({ groupId }) => groupId === id);
    return Array.from(this.state.resources.by('group', id)) as unknown as readonly SecurityGroupRule[];
  }

  isTaken(subnetId: string, address: string): boolean {
    return this.state.resources.countBy('address', addressKey(subnetId, address)) > 0;
  }

  isOverlay(overlayId: number): boolean {
    return this.state.resources.countBy('overlay', String(overlayId)) > 0;
  }

  tasksIn({ id }: Pick<Vpc, 'id'>): readonly NetworkInterface[] {
    return Array.from(this.state.resources.by('vpcTasks', id)) as unknown as readonly NetworkInterface[];
  }

  hostsIn({ id }: Pick<Vpc, 'id'>): readonly HostInterface[] {
    return Array.from(this.state.resources.by('vpcHosts', id)) as unknown as readonly HostInterface[];
  }

  loadBalancers(): readonly LoadBalancerMember[] {
    return [...this.state.loadBalancers.by('scope', scopeKey(this.scope))];
  }

  hasLoadBalancerIn({ id }: Pick<SecurityGroup, 'id'>): boolean {
    return this.state.loadBalancers.countBy('member', id) > 0;
  }

  interfacesIn({ id }: Pick<Subnet, 'id'>): number {
    return this.state.resources.countBy('subnet', id);
  }

  defaultVpc(): OfKind<'vpc'> | undefined {
    return this.all('vpc').find(({ isDefault }) => isDefault);
  }

  /** Before the first change: the default network becomes a part of the journal. */
  beginning(): readonly NetworkEvent[] {
    if (!this.untouched) return [];
    const { accountId, region } = this.scope;
    return [event('AccountBegan', { accountId, region, resources: this.untouched })];
  }
}

export const routerOf = ({ cidrBlock }: Pick<Vpc, 'cidrBlock'>): string => formatIpv4(parseCidr(cidrBlock)!.first + 1);
