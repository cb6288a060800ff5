import { isIpv6, parseIpv4 } from '#lib/kernel';
import { zoneName } from './names.js';
import type { ZoneRecordType } from './model.js';

/** What a value of a record says, in the members that `dns-packet` writes; undefined for what is none of its type. */
export type RecordData = string | readonly string[] | Readonly<Record<string, string | number>>;

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html */
export const RECORD_DATA: Readonly<Record<ZoneRecordType, (value: string) => RecordData | undefined>> = {
  A: (value) => (parseIpv4(value) === undefined ? undefined : value),
  AAAA: (value) => (isIpv6(value) ? value : undefined),
  CNAME: zoneName,
  NS: zoneName,
  PTR: zoneName,
  MX: (value) => fields(value, ['preference', 'exchange']),
  SRV: (value) => fields(value, ['priority', 'weight', 'port', 'target']),
  SOA: (value) => fields(value, ['mname', 'rname', 'serial', 'refresh', 'retry', 'expire', 'minimum']),
  CAA(value) {
    const [, flags, tag, text] = /^(\d{1,3})\s+([a-z0-9]{1,15})\s+"([^"]*)"$/i.exec(value) ?? [];
    return tag === undefined || text === undefined || Number(flags) > 255
      ? undefined
      : { flags: Number(flags), tag, value: text };
  },
  TXT(value) {
    // Strings of at most 255 characters in quotation marks, with blanks between.
    if (!/^"([^"\\]|\\.)*"(\s+"([^"\\]|\\.)*")*$/s.test(value)) return undefined;
    const strings = Array.from(value.matchAll(/"((?:[^"\\]|\\.)*)"/gs), ([, text]) =>
      text!.replaceAll(/\\([0-3][0-7]{2}|.)/gs, (_all, one: string) =>
        one.length === 3 ? String.fromCharCode(Number.parseInt(one, 8)) : one,
      ),
    );
    return strings.every((text) => text.length <= 255) ? strings : undefined;
  },
};

const NAMES = new Set(['exchange', 'target', 'mname', 'rname']);

function fields(value: string, names: readonly string[]): RecordData | undefined {
  const words = value.trim().split(/\s+/);
  if (words.length !== names.length) return undefined;
  const read: Record<string, string | number> = {};
  for (const [at, name] of names.entries()) {
    const word = words[at]!;
    const field = NAMES.has(name) ? zoneName(word) : /^\d{1,10}$/.test(word) ? Number(word) : undefined;
    if (field === undefined || (typeof field === 'number' && field >= (SMALL.has(name) ? 2 ** 16 : 2 ** 32))) return undefined;
    read[name] = field;
  }
  return read;
}

const SMALL = new Set(['preference', 'priority', 'weight', 'port']);
