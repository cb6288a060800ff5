import { z } from 'zod';

/** What a new host needs to join; a secret, good for one host and for a time. */
export interface JoinToken {
  /** `tls://10.0.0.5:4567`: each an address of the same broker. */
  readonly brokers: readonly string[];
  /** The certificate (PEM) of the installation's authority: the host trusts no other broker. */
  readonly caCertificate: string;
  /** The `.creds` text of a NATS user that may ask for this instance's own user, and nothing else. */
  readonly credentials: string;
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly instanceId: string;
  readonly expiresAt: string;
  /** What the host is asked to let containers reach of it; its own `--allow` goes before. */
  readonly hostAccess?: string;
}

const PREFIX = 'longshore-join-1.';

const shape = z.object({
  brokers: z.array(z.string().regex(/^tls:\/\/\S+$/)).min(1),
  caCertificate: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
  credentials: z.string().min(1),
  accountId: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  cluster: z.string().min(1),
  instanceId: z.string().regex(/^[0-9a-f]{32}$/),
  expiresAt: z.iso.datetime(),
  hostAccess: z.string().optional(),
});

/** One line without blanks, so that it survives being copied. */
export const encodeJoinToken = (token: JoinToken): string => PREFIX + Buffer.from(JSON.stringify(token)).toString('base64url');

export type TokenOutcome = { readonly token: JoinToken } | { readonly problem: string };

/** Line breaks that a terminal or a mail put into it do no harm. */
export function decodeJoinToken(text: string): TokenOutcome {
  const compact = text.replaceAll(/\s/g, '');
  if (compact === '') return { problem: 'The token is empty.' };
  if (!compact.startsWith('longshore-join-'))
    return {
      problem: 'This is no join token: one begins with "longshore-join-"; ./longshore join-token on the first host prints it.',
    };
  if (!compact.startsWith(PREFIX)) return { problem: 'This token is of another version of Longshore: both hosts need the same.' };
  const parsed = shape.safeParse(jsonIn(compact.slice(PREFIX.length)));
  if (parsed.success) return { token: parsed.data };
  return { problem: 'This token is damaged or incomplete: copy all of it, or make another one with ./longshore join-token.' };
}

function jsonIn(base64url: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64url, 'base64url').toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST_MS = 30 * UNIT_MS.d;

/** `30m`, `1h`, `7d` in milliseconds; undefined for anything else or longer than 30 days. */
export function parseLifetime(text: string): number | undefined {
  const found = /^([1-9]\d{0,3})([mhd])$/.exec(text);
  if (!found) return undefined;
  const ms = Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS];
  return ms <= LONGEST_MS ? ms : undefined;
}
