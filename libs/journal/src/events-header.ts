import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { asCommit } from './foreign-message.js';
import type { Commit, Ignores } from './port.js';

/** Which events a commit has, each once as `type/version`: who has no use for any of them need not read it. Older commits have none. */
const EVENTS = 'Longshore-Events';
const TRANSACTIONS = '"transactions":[';
/** The rest of an envelope is ids and a time. */
const LONGEST_ENVELOPE = 2_048;

export function eventsHeader({ transactions }: Commit): MsgHdrs {
  const kinds = new Set<string>();
  for (const { events } of transactions) for (const { type, v } of events) kinds.add(`${type}/${v}`);
  const told = headers();
  told.set(EVENTS, [...kinds].join(' '));
  return told;
}

interface Message {
  readonly data: Uint8Array;
  readonly headers?: Pick<MsgHdrs, 'get' | 'has'>;
}

/** A commit without its transactions, where the message says that all of its events are ignored; undefined: it has to be read. */
export function envelopeOfIgnored({ data, headers: told }: Message, ignores: Ignores): Commit | undefined {
  if (!told?.has(EVENTS)) return undefined;
  const kinds = told.get(EVENTS).split(' ').filter(Boolean);
  const isIgnored = (kind: string) => {
    const [type = '', v] = kind.split('/');
    return ignores({ type, v: Number(v) });
  };
  if (!kinds.every(isIgnored)) return undefined;
  const start = Buffer.from(data.buffer, data.byteOffset, Math.min(data.length, LONGEST_ENVELOPE)).toString();
  const end = start.indexOf(TRANSACTIONS);
  if (end < 0) return undefined;
  try {
    return asCommit(JSON.parse(`${start.slice(0, end + TRANSACTIONS.length)}]}`));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
