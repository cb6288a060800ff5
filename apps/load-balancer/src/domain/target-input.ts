import { isIpv6, parseIpv4 } from '#lib/kernel';
import type { Target, TargetGroup } from './model.js';
import { refusals } from './refusals.js';
import { type LoadBalancingState, targetKey } from './state.js';

export interface TargetInput {
  readonly Id: string;
  readonly Port?: number;
  readonly AvailabilityZone?: string;
}

/** With what only Longshore's own apps can say: the gateway lets no such member pass. */
export interface RegisteredTargetInput extends TargetInput {
  readonly Address?: string;
  readonly Task?: NonNullable<Target['task']>;
}

/** The registered targets that are meant: on the port, or without one all of the id. */
export function targetsNamed(state: LoadBalancingState, group: TargetGroup, { Id: id, Port }: TargetInput): readonly Target[] {
  const exact = state.targets.get(targetKey({ targetGroupArn: group.arn, id, port: Port ?? group.port }));
  if (exact || Port !== undefined) return exact ? [exact] : [];
  return [...state.targets.by('targetGroup', group.arn)].filter((target) => target.id === id);
}

/** Refuses an id that is of another kind than the group's targets. */
export function checkTargetId({ targetType, ipAddressType }: TargetGroup, id: string): void {
  if (targetType === 'ip') {
    const isAddress = ipAddressType === 'ipv6' ? isIpv6(id) : parseIpv4(id) !== undefined;
    if (!isAddress) {
      throw refusals.validation(`The IP address '${id}' is not a valid ${ipAddressType === 'ipv6' ? 'IPv6' : 'IPv4'} address`);
    }
    if (['0.0.0.0', '255.255.255.255', '::'].includes(id))
      throw refusals.invalidTarget(`The IP address '${id}' cannot be a target`);
    return;
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(id)) throw refusals.validation(`Instance ID '${id}' is not valid`);
}
