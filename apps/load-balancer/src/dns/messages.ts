import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import type { DnsAnswer, DnsQuestion, DnsSide, ResourceRecord } from '../domain/discovery/dns-answers.js';

/** RFC 1035 §4.1.1 and §2.3.4; the payload that no network breaks up: DNS flag day 2020. */
const RCODE = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4, refused: 5 } as const;
const LEAST_UDP_PAYLOAD = 512;
export const MOST_UDP_PAYLOAD = 1_232;
const HEADER_BYTES = 12;

export interface DnsQuery {
  readonly id: number;
  readonly question: DnsQuestion & { readonly class: string };
  readonly wantsRecursion: boolean;
  /** What the asker takes over UDP; undefined without EDNS. */
  readonly payloadBytes: number | undefined;
}

/** A query, the answer to what is none, or undefined for what no answer is sent to: an answer, or too little to say whose it is. */
export function readQuery(message: Buffer): DnsQuery | { readonly reply: Buffer } | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const flags = message.readUInt16BE(2);
  if (flags & 0x8000) return undefined;
  const id = message.readUInt16BE(0);
  if ((flags >> 11) & 0xf) return { reply: bare(id, flags, RCODE.notImplemented) };
  let packet: Packet;
  try {
    packet = decode(message);
  } catch {
    // dns-packet throws whatever it comes across in bytes that are no message.
    return { reply: bare(id, flags, RCODE.formatError) };
  }
  const [question, ...more] = packet.questions ?? [];
  if (!question || more.length > 0) return { reply: bare(id, flags, RCODE.formatError) };
  const edns = packet.additionals?.find(({ type }) => type === 'OPT') as { readonly udpPayloadSize?: number } | undefined;
  return {
    id,
    question: { name: question.name, type: question.type, class: question.class ?? 'IN' },
    wantsRecursion: (flags & RECURSION_DESIRED) !== 0,
    payloadBytes: edns && Math.min(MOST_UDP_PAYLOAD, Math.max(LEAST_UDP_PAYLOAD, edns.udpPayloadSize ?? LEAST_UDP_PAYLOAD)),
  };
}

/** A header and nothing else. */
function bare(id: number, queryFlags: number, rcode: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x8000 | (queryFlags & 0x7900) | rcode, 2);
  return header;
}

/** Records of others, as they were decoded. */
export type ForeignAnswers = NonNullable<Packet['answers']>;

/** The same question about another name, as it is asked of the host's resolvers. */
export const questionFor = ({ id, question }: DnsQuery, name: string): Buffer =>
  encode({
    id,
    type: 'query',
    flags: RECURSION_DESIRED,
    questions: [{ name, type: question.type as never, class: question.class as never }],
  });

/** None in bytes that are no message. */
export function answersIn(message: Buffer): ForeignAnswers {
  try {
    return decode(message).answers ?? [];
  } catch {
    // dns-packet throws whatever it comes across.
    return [];
  }
}

/** What this server itself says, and `more` that it was told. `side`: whether it would ask others, too. */
export function replyWith(query: DnsQuery, answer: NonNullable<DnsAnswer>, side: DnsSide, more: ForeignAnswers = []): Packet {
  const rcode = answer.is === 'no such name' ? RCODE.nameError : RCODE.noError;
  return {
    ...replyTo(query, rcode | AUTHORITATIVE_ANSWER | (side === 'here' ? RECURSION_AVAILABLE : 0)),
    ...(answer.is === 'found'
      ? { answers: [...written(answer.answers), ...more], additionals: [...written(answer.additionals), ...ednsOf(query)] }
      : { authorities: written([answer.soa]), additionals: ednsOf(query) }),
  };
}

export const failure = (query: DnsQuery, rcode: 'serverFailure' | 'refused'): Packet => ({
  ...replyTo(query, RCODE[rcode]),
  additionals: ednsOf(query),
});

function replyTo({ id, question, wantsRecursion }: DnsQuery, flags: number): Packet {
  return {
    id,
    type: 'response',
    flags: flags | (wantsRecursion ? RECURSION_DESIRED : 0),
    questions: [{ name: question.name, type: question.type as never, class: question.class as never }],
  };
}

const written = (records: readonly ResourceRecord[]) =>
  records.map((record) => ({ ...record, class: 'IN' as const })) as NonNullable<Packet['answers']>;

const ednsOf = ({ payloadBytes }: DnsQuery): NonNullable<Packet['additionals']> =>
  payloadBytes === undefined
    ? []
    : [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: MOST_UDP_PAYLOAD,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ];

/** What does not fit loses first what it has beside the answer, then that: the asker comes again over TCP. */
export function forUdp(query: DnsQuery, packet: Packet): Buffer {
  const most = query.payloadBytes ?? LEAST_UDP_PAYLOAD;
  const whole = encode(packet);
  if (whole.length <= most) return whole;
  const lean = encode({ ...packet, additionals: ednsOf(query) });
  if (lean.length <= most) return lean;
  const flags = (packet.flags ?? 0) | TRUNCATED_RESPONSE;
  return encode({ ...packet, flags, answers: [], authorities: [], additionals: ednsOf(query) });
}

export const forTcp = (packet: Packet): Buffer => encode(packet);
