/**
 * Names of zones and records as they are kept: in lower case, without the dot at the end, `\052` read as `*`. Undefined for what no DNS message
 * can have (RFC 1035 §2.3.4).
 */
export function zoneName(given: string): string | undefined {
  const name = given
    .replaceAll(/\\([0-3][0-7]{2})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .toLowerCase()
    .replace(/\.$/, '');
  if (name.length > 253) return undefined;
  return name.split('.').every((label) => /^[!-~]{1,63}$/.test(label)) ? name : undefined;
}

/** As Route 53 tells names: with a dot at the end, and what is no letter, digit, hyphen or underscore in octal. */
export const toldName = (name: string): string =>
  `${name.replaceAll(/[^a-z0-9_.-]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)}.`;

/** By which Route 53 sorts: `com.example.www.` */
export const reversedName = (name: string): string => `${name.split('.').reverse().join('.')}.`;

export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);

/** A name of DNS and all above it: `a.b.c`, `b.c`, `c`. */
export function* upwards(name: string): Generator<string> {
  for (let rest = name; ; rest = rest.slice(rest.indexOf('.') + 1)) {
    yield rest;
    if (!rest.includes('.')) return;
  }
}
