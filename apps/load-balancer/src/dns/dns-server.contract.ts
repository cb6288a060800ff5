import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { Resolver } from 'node:dns/promises';
import { decode, encode } from 'dns-packet';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import type { DnsAnswer, DnsQuestion, DnsSide, ResourceRecord } from '../domain/discovery/dns-answers.js';
import { DnsServer, type DnsOutcome } from './dns-server.js';
import { Forwarder } from './forwarder.js';
import { withLength } from './stream-messages.js';

/** Addresses of this test's own; the port is free on them. */
const [HERE, ELSEWHERE, UPSTREAM] = ['127.3.0.1', '127.3.0.2', '127.3.0.3'] as const;
const PORT = 20_053;

const a = (name: string, data: string): ResourceRecord => ({ type: 'A', name, ttl: 5, data });
const soa: ResourceRecord = {
  type: 'SOA',
  name: 'internal',
  ttl: 5,
  data: { mname: 'ns.internal', rname: 'hostmaster.internal', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 5 },
};
const found = (answers: readonly ResourceRecord[], additionals: readonly ResourceRecord[] = []): DnsAnswer => ({
  is: 'found',
  answers,
  additionals,
});

function ours({ name, type }: DnsQuestion, _side: DnsSide, asker: string): DnsAnswer {
  if (name === 'asker.internal') return found([a(name, asker)]);
  if (name === 'web.internal' && type === 'A') return found([a(name, '10.0.0.1')]);
  if (name === 'web.internal') return { is: 'no data', soa };
  if (name === 'many.internal') {
    const ports = Array.from({ length: 8 }, (_, i) => ({
      priority: 1,
      weight: 1,
      port: 49_153 + i,
      target: `${'t'.repeat(32)}${i}.many.internal`,
    }));
    return found(ports.map((data) => ({ type: 'SRV', name, ttl: 5, data })));
  }
  return name.endsWith('.internal') ? { is: 'no such name', soa } : undefined;
}

const outcomes: DnsOutcome[] = [];
const means = { clock: systemClock, logger: silentLogger };
const nobody = () => Promise.resolve(undefined);
let upstreams: readonly string[] = [UPSTREAM];
const forwarder = new Forwarder({ ...means, random: systemRandom, resolvers: () => Promise.resolve(upstreams), port: PORT });
const server = new DnsServer(
  [
    { address: HERE, port: PORT, side: 'here' },
    { address: ELSEWHERE, port: PORT, side: 'elsewhere' },
  ],
  {
    ...means,
    answer: ours,
    forward: (query, over) => forwarder.ask(query, over),
    onOutcome: (outcome) => outcomes.push(outcome),
  },
);
const upstream = new DnsServer([{ address: UPSTREAM, port: PORT, side: 'here' }], {
  ...means,
  answer: ({ name }) => (name === 'example.com' ? found([a(name, '192.0.2.1')]) : undefined),
  forward: nobody,
});

const isBound = async (one: DnsServer, count: number) => {
  while (one.bound().length < count) await systemClock.sleep(10);
};

beforeAll(async () => {
  server.start();
  upstream.start();
  await Promise.all([isBound(server, 2), isBound(upstream, 1)]);
});
afterAll(() => Promise.all([server.stop(), upstream.stop()]));
beforeEach(() => void (upstreams = [UPSTREAM]));

function resolver(address: string = HERE): Resolver {
  const asking = new Resolver({ timeout: 5_000, tries: 1 });
  asking.setServers([`${address}:${PORT}`]);
  return asking;
}

/** One datagram there, and the one that comes back. */
function overUdp(message: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  return new Promise<Buffer>((resolve) => {
    socket.on('message', resolve);
    socket.send(message, PORT, HERE);
  }).finally(() => socket.close());
}

const query = (name: string, more: object = {}) =>
  encode({ type: 'query', id: 77, flags: 0x100, questions: [{ type: 'SRV', name }], ...more });

describe('the DNS server', () => {
  it('answers a resolver of the kind that clients have', async () => {
    expect(await resolver().resolve4('web.internal', { ttl: true })).toEqual([{ address: '10.0.0.1', ttl: 5 }]);
    expect(await resolver().resolveSrv('many.internal')).toHaveLength(8);
  });

  it('answers by the address that asks', async () => {
    for (const from of ['127.3.0.7', '127.3.0.8']) {
      const asking = resolver();
      asking.setLocalAddress(from);
      expect(await asking.resolve4('asker.internal')).toEqual([from]);
    }
  });

  it('denies what is not there, and what has no such record', async () => {
    await expect(resolver().resolve4('none.internal')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver().resolveMx('web.internal')).rejects.toMatchObject({ code: 'ENODATA' });
    const { rcode, authorities } = decode(await overUdp(query('none.internal'))) as ReturnType<typeof decode> & { rcode: string };
    expect([rcode, authorities]).toMatchObject(['NXDOMAIN', [{ type: 'SOA', name: 'internal' }]]);
  });

  it('asks to come over TCP for what does not fit into a datagram, and answers there', async () => {
    const short = decode(await overUdp(query('many.internal')));
    expect([short.flag_tc, short.answers]).toEqual([true, []]);
    const socket = connect(PORT, HERE);
    const answer = await new Promise<Buffer>((resolve) => {
      // In two pieces, as a network may bring it.
      const bytes = withLength(query('many.internal'));
      socket.write(bytes.subarray(0, 5), () => socket.write(bytes.subarray(5)));
      let all = Buffer.alloc(0);
      socket.on('data', (part) => {
        all = Buffer.concat([all, part]);
        if (all.length > 2 && all.length >= 2 + all.readUInt16BE(0)) resolve(all.subarray(2));
      });
    });
    socket.destroy();
    expect(decode(answer).answers).toHaveLength(8);
  });

  it('gives all other questions to the resolvers of the host, until one answers', async () => {
    upstreams = ['127.3.0.9', UPSTREAM];
    expect(await resolver().resolve4('example.com')).toEqual(['192.0.2.1']);
    upstreams = [];
    await expect(resolver().resolve4('example.com')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  it('is no resolver for other hosts, and answers them about its own names', async () => {
    expect(await resolver(ELSEWHERE).resolve4('web.internal')).toEqual(['10.0.0.1']);
    await expect(resolver(ELSEWHERE).resolve4('example.com')).rejects.toMatchObject({ code: 'EREFUSED' });
  });

  it.each<[string, Buffer, string]>([
    ['without a question', encode({ type: 'query', id: 77, questions: [] }), 'FORMERR'],
    ['with two questions', query('a.internal', { questions: ['a', 'b'].map((name) => ({ type: 'A', name })) }), 'FORMERR'],
    ['cut off', query('web.internal').subarray(0, 20), 'FORMERR'],
    ['of another kind', Buffer.concat([Buffer.from([0, 77, 0x28, 0]), query('web.internal').subarray(4)]), 'NOTIMP'],
  ])('says what is wrong with a message %s', async (_what, message, rcode) => {
    expect(decode(await overUdp(message))).toMatchObject({ id: 77, type: 'response', rcode });
  });

  it('goes on after bytes that are no message, and answers none of them', async () => {
    const socket = createSocket('udp4');
    const sent = [Buffer.alloc(0), Buffer.from([1]), Buffer.alloc(12, 0xff), Buffer.alloc(5_000, 0x20)];
    for (const bytes of sent) await new Promise((resolve) => socket.send(bytes, PORT, HERE, resolve));
    socket.close();
    const tcp = connect(PORT, HERE);
    tcp.write(Buffer.alloc(70_000, 0xff));
    await new Promise((resolve) => tcp.on('error', () => undefined).on('close', resolve));
    expect(await resolver().resolve4('web.internal')).toEqual(['10.0.0.1']);
  });

  it('is taken over by the next replica when it ends', async () => {
    const [first, second] = [1, 2].map(
      () => new DnsServer([{ address: '127.3.0.4', port: PORT, side: 'here' }], { ...means, answer: ours, forward: nobody }),
    ) as [DnsServer, DnsServer];
    first.start();
    await isBound(first, 1);
    second.start();
    expect(await resolver('127.3.0.4').resolve4('web.internal')).toEqual(['10.0.0.1']);
    await first.stop();
    await isBound(second, 1);
    expect(await resolver('127.3.0.4').resolve4('web.internal')).toEqual(['10.0.0.1']);
    await second.stop();
  });
});
