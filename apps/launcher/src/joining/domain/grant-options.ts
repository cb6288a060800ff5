import { encodeHostGrant, type HostGrant, isSystemAttribute, MAX_ATTRIBUTE_LENGTH } from '#lib/ecs/model';

/** What `join-token` was told of the host; undefined where it was silent. */
export interface GrantOptions {
  readonly cpu?: string;
  readonly memory?: string;
  /** `rack=7,disk=ssd` */
  readonly attributes?: string;
  readonly zone?: string;
}

/** As many as a user may put on an instance. */
const MOST_ATTRIBUTES = 10;
/** The grant is part of the host's NATS user, which the server reads in a protocol line of 4,096 bytes at most. */
export const LONGEST_GRANT = 1_500;

/** The options over what was granted before. Undefined: nobody has ever asked, so the host is held to nothing but sane bounds. */
export function grantFrom(
  options: GrantOptions,
  before: HostGrant | undefined,
): { readonly grant: HostGrant } | { readonly problem: string } | undefined {
  const { cpu, memory, attributes, zone } = options;
  if ([cpu, memory, attributes, zone].every((option) => option === undefined)) return before && { grant: before };
  const amounts = { cpu: wholeNumber(cpu), memory: wholeNumber(memory) };
  for (const name of ['cpu', 'memory'] as const)
    if (amounts[name] === 'none') return { problem: `--${name} takes a whole number from 1 to 999999999.` };
  const custom = attributes === undefined ? customOf(before) : parsedAttributes(attributes);
  if (typeof custom === 'string') return { problem: custom };
  const kept = before?.attributes[ZONE];
  const named = zone ?? kept;
  const grant: HostGrant = {
    cpu: (amounts.cpu as number | undefined) ?? before?.cpu,
    memoryMiB: (amounts.memory as number | undefined) ?? before?.memoryMiB,
    attributes: { ...custom, ...(named ? { [ZONE]: named } : {}) },
  };
  if (encodeHostGrant(grant).length > LONGEST_GRANT) return { problem: '--attributes: these are too long together.' };
  return { grant };
}

const ZONE = 'ecs.availability-zone';

function customOf(before: HostGrant | undefined): Record<string, string> {
  const { [ZONE]: _, ...custom } = before?.attributes ?? {};
  return custom;
}

/** In the characters that PutAttributes takes. */
function parsedAttributes(text: string): Record<string, string> | string {
  const parsed: Record<string, string> = {};
  for (const part of text.split(',').filter(Boolean)) {
    const [, name, value] = /^([a-zA-Z0-9\-_./\\]+)(?:=([a-zA-Z0-9\-_.@:/\\ ]*))?$/.exec(part) ?? [];
    if (name === undefined || name.length > MAX_ATTRIBUTE_LENGTH || (value ?? '').length > MAX_ATTRIBUTE_LENGTH)
      return `--attributes takes name=value,…; "${part}" is none.`;
    if (isSystemAttribute(name)) return `--attributes: "${name}" is for the agent to say (--zone is the zone).`;
    parsed[name] = value ?? '';
  }
  if (Object.keys(parsed).length > MOST_ATTRIBUTES) return `--attributes takes ${MOST_ATTRIBUTES} at most.`;
  return parsed;
}

function wholeNumber(text: string | undefined): number | undefined | 'none' {
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 'none';
}
