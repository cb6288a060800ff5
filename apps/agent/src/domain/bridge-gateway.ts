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
  const [, network, last] = /^(\d+\.\d+\.\d+)\.(\d+)\//.exec(bridgeRangeOf(configs) ?? '') ?? [];
  return network === undefined ? undefined : `${network}.${Number(last) + 1}`;
}

/** The addresses of containers in bridge mode, in IPv4. */
export const bridgeRangeOf = (configs: readonly IpamConfig[] | undefined): string | undefined =>
  configs?.find(({ Subnet = '' }) => /^\d+\.\d+\.\d+\.\d+\/\d+$/.test(Subnet))?.Subnet;
