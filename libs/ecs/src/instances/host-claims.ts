import type { RegisterRequest } from '../model/agent-protocol.js';
import { ADDRESS_ATTRIBUTE, UNDERLAY_ADDRESS_ATTRIBUTE } from '../model/attributes.js';
import type { HostGrant } from '../model/host-grant.js';
import { refusals } from '../model/refusals.js';

/** More than any machine has: 4,096 processors, 64 TiB. A host that says more only wants to be chosen for everything. */
const MOST = { cpu: 4_096 * 1_024, memoryMiB: 64 * 1_024 * 1_024, gpu: 1_024 } as const;

const NAMES = { cpu: 'CPU units', memoryMiB: 'MiB of memory', gpu: 'GPUs' } as const;

/** What an agent finds out about its host and itself. Claiming it falsely makes tasks fail there, and brings none that were meant for another. */
const isFact = (name: string): boolean =>
  /^(com\.amazonaws\.ecs\.capability\.|ecs\.capability\.|longshore\.host-access)/.test(name) ||
  ['ecs.os-type', 'ecs.os-family', 'ecs.cpu-architecture'].includes(name);

/** This network, loopback, link-local, multicast and beyond: of no host, or of the balancer's own, whose ports are not for others' tasks. */
const NOT_REACHED = /^(0|127|169\.254|22[4-9]|2[3-9]\d)\./;
const BYTE = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${BYTE}(\\.${BYTE}){3}$`);

/** Where load balancers find the tasks of a host that has joined, and other hosts its networks. */
function checkAddress(address: string): void {
  if (IPV4.test(address) && !NOT_REACHED.test(address)) return;
  throw refusals.invalidParameter(`This host may not register the address ${address}: it has to be reached from the first host.`);
}

/**
 * What a host says of itself decides which tasks it gets, and with them what they know. One that is not ours is held to what its
 * token was made for.
 */
export function checkHostClaims({ resources, attributes }: RegisterRequest, grant: HostGrant | undefined): void {
  const granted = { cpu: grant?.cpu, memoryMiB: grant?.memoryMiB, gpu: grant && 0 };
  for (const what of ['cpu', 'memoryMiB', 'gpu'] as const) {
    const most = Math.min(granted[what] ?? MOST[what], MOST[what]);
    if (resources[what] > most) {
      throw refusals.invalidParameter(`This host may register at most ${most} ${NAMES[what]}, but says ${resources[what]}.`);
    }
  }
  if (!grant) return;
  const own = new Map(Object.entries(grant.attributes));
  for (const { name, value = '' } of attributes) {
    if (name === ADDRESS_ATTRIBUTE || name === UNDERLAY_ADDRESS_ATTRIBUTE) {
      checkAddress(value);
      continue;
    }
    if (isFact(name) || own.get(name) === value) continue;
    throw refusals.invalidParameter(
      `This host may not register the attribute '${name}${value ? ` = ${value}` : ''}': its token was not made for it. ./longshore join-token on the first host has --attributes and --zone.`,
    );
  }
}
