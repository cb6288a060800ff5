import { z } from 'zod';

const isIPv4 = (text: string): boolean => z.ipv4().safeParse(text).success;
const isIPv6 = (text: string): boolean => z.ipv6().safeParse(text).success;

/** Where other hosts reach the broker. Beside the API's 4566. */
export const DEFAULT_LISTEN_PORT = 4567;

export interface ListenAddress {
  /** An address of this machine, or `0.0.0.0` or `::` for all. */
  readonly host: string;
  readonly port: number;
}

const FORMS = 'an address of this machine, with or without a port: 10.0.0.5, 10.0.0.5:4567, [fd00::5]:4567 or 0.0.0.0';

/** `10.0.0.5`, `10.0.0.5:4567`, `fd00::5`, `[fd00::5]:4567`. */
export function parseListenAddress(text: string): ListenAddress | { readonly problem: string } {
  const parsed = splitAddress(text);
  if (!parsed || !(isIPv4(parsed.host) || isIPv6(parsed.host)))
    return { problem: `--listen takes ${FORMS}; "${text}" is none of them.` };
  return { host: parsed.host, port: parsed.port ?? DEFAULT_LISTEN_PORT };
}

/** An address or a name, with or without a port; undefined when it is neither. */
export function splitAddress(text: string): { readonly host: string; readonly port?: number } | undefined {
  if (isIPv6(text)) return { host: text };
  const found = /^(?:\[([^\]]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/.exec(text);
  const host = found?.[1] ?? found?.[2];
  if (host === undefined || (found![1] !== undefined && !isIPv6(host))) return undefined;
  if (found![3] === undefined) return { host };
  const port = Number(found![3]);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

export const authority = ({ host, port }: ListenAddress): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

export const isEveryAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** An address of one of this machine's interfaces, as `os.networkInterfaces()` lists them. */
export interface OwnAddress {
  readonly address: string;
  readonly internal: boolean;
  readonly interfaceName: string;
}

/** Undefined when this machine has the address, or all are meant; else a sentence with the ones that it has. */
export function addressProblem(option: string, host: string, own: readonly OwnAddress[]): string | undefined {
  if (isEveryAddress(host) || own.some(({ address }) => address === host)) return undefined;
  const outward = reachableAddresses(own);
  const has = outward.length > 0 ? `it has ${outward.join(', ')}` : 'it has no other than its loopback';
  return `${option} ${host}: this machine has no such address; ${has}.`;
}

/** Container engines' bridges: their addresses are the same on every host. */
const INSIDE_ONLY = /^(docker\d|br-|veth|virbr|cni|podman)/;

/** What other hosts may know this machine by: IPv4 first, no link-local ones, no bridges of container engines. */
export function reachableAddresses(own: readonly OwnAddress[]): string[] {
  const outward = own.filter(
    ({ address, internal, interfaceName }) =>
      !internal && !INSIDE_ONLY.test(interfaceName) && !/^(fe80:|169\.254\.)/i.test(address),
  );
  return outward.map(({ address }) => address).toSorted((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)));
}
