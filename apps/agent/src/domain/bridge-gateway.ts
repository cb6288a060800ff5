/** One entry of a network's `IPAM.Config`, as the engine tells it. */
export interface IpamConfig {
  /** `172.17.0.0/16` */
  readonly Subnet?: string;
  readonly Gateway?: string;
}

/**
 * The host's address on the engine's bridge, which containers reach. An engine that starts with a bridge that is there already (after
 * a restart) does not tell it: then it is the subnet's first address, as Docker chooses it.
 */
export function bridgeGatewayOf(configs: readonly IpamConfig[] | undefined): string | undefined {
  const told = configs?.find(({ Gateway }) => Gateway)?.Gateway;
  if (told) return told;
  for (const { Subnet = '' } of configs ?? []) {
    const [, network, last] = /^(\d+\.\d+\.\d+)\.(\d+)\/\d+$/.exec(Subnet) ?? [];
    if (network !== undefined) return `${network}.${Number(last) + 1}`;
  }
  return undefined;
}
