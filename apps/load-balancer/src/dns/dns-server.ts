import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Packet } from 'dns-packet';
import type { Clock, Logger } from '#lib/platform';
import type { DnsAnswer, DnsQuestion, DnsSide } from '../domain/discovery/dns-answers.js';
import { answersIn, type DnsQuery, failure, forTcp, forUdp, questionFor, readQuery, replyWith } from './messages.js';
import type { ForeignAnswers } from './messages.js';
import { StreamMessages, withLength } from './stream-messages.js';

export interface DnsEndpoint {
  readonly address: string;
  readonly port: number;
  /** Other hosts are answered about our names only: this is nobody's open resolver. */
  readonly side: DnsSide;
}

export type DnsOutcome = NonNullable<DnsAnswer>['is'] | 'forwarded' | 'failed' | 'refused' | 'not a query';

export interface DnsServerDeps {
  /** `asker`: the address that the question comes from. */
  readonly answer: (question: DnsQuestion, side: DnsSide, asker: string) => DnsAnswer;
  readonly forward: (query: Buffer, over: 'udp' | 'tcp') => Promise<Buffer | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onOutcome?: (outcome: DnsOutcome) => void;
}

/** The next one to have the address: another replica of this app holds it until it ends. */
const BIND_RETRY_MS = 500;
const MOST_CONNECTIONS = 256;
const CONNECTION_IDLE_MS = 10_000;
/** Of one question; with every option there is it is far shorter. */
const MOST_QUERY_BYTES = 4_096;
/** On one connection, before the answers to the first are gone: then it is not read on. */
const MOST_IN_HAND = 32;

/** DNS over UDP and TCP at its endpoints: what we know is answered, the rest is forwarded. */
export class DnsServer {
  private readonly listeners: Listener[];

  constructor(endpoints: readonly DnsEndpoint[], deps: DnsServerDeps) {
    this.listeners = endpoints.map((endpoint) => new Listener(endpoint, deps));
  }

  start(): void {
    for (const listener of this.listeners) listener.start();
  }

  /** Endpoints that this replica answers at. */
  bound(): readonly string[] {
    return this.listeners.filter(({ isBound }) => isBound).map(({ endpoint: { address, port } }) => `${address}:${port}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.stop()));
  }
}

class Listener {
  isBound = false;
  private isOver = false;
  private wasTold = false;
  private udp: UdpSocket | undefined;
  private tcp: Server | undefined;
  private readonly connections = new Set<Socket>();
  private cancelRetry: (() => void) | undefined;

  constructor(
    readonly endpoint: DnsEndpoint,
    private readonly deps: DnsServerDeps,
  ) {}

  start(): void {
    void this.bind().then(
      () => {
        this.isBound = true;
        this.deps.logger.info({ ...this.endpoint }, 'names are answered');
      },
      async (error: unknown) => {
        await this.close();
        if (this.isOver) return;
        // Whoever has it may have it for days.
        if (!this.wasTold) this.deps.logger.warn({ err: error, ...this.endpoint }, 'names cannot be answered there yet');
        this.wasTold = true;
        this.cancelRetry = this.deps.clock.after(BIND_RETRY_MS, () => this.start());
      },
    );
  }

  async stop(): Promise<void> {
    this.isOver = true;
    this.cancelRetry?.();
    await this.close();
  }

  private async bind(): Promise<void> {
    const { address, port } = this.endpoint;
    const udp = (this.udp = createSocket('udp4'));
    const tcp = (this.tcp = createServer((socket) => this.serve(socket)));
    tcp.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject);
      udp.bind({ address, port, exclusive: true }, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen({ host: address, port, exclusive: true }, resolve);
    });
    if (this.isOver) return this.close();
    udp.on('error', (error) => this.deps.logger.warn({ err: error }, 'a DNS socket failed'));
    tcp.on('error', (error) => this.deps.logger.warn({ err: error }, 'a DNS listener failed'));
    udp.on('message', (message, { address: to, port: toPort }) => {
      void this.reply(message, to, 'udp').then((reply) => {
        // Who asked may be gone; that is nobody's error.
        if (reply && this.isBound) udp.send(reply, toPort, to, () => undefined);
      });
    });
  }

  private async close(): Promise<void> {
    this.isBound = false;
    const { udp, tcp } = this;
    this.udp = this.tcp = undefined;
    for (const socket of this.connections) socket.destroy();
    await Promise.all([
      udp && new Promise<void>((resolve) => closeQuietly(() => udp.close(resolve), resolve)),
      tcp && new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]);
  }

  private serve(socket: Socket): void {
    const messages = new StreamMessages(MOST_QUERY_BYTES);
    let inHand = 0;
    const asker = socket.remoteAddress ?? '';
    this.connections.add(socket);
    socket.setTimeout(CONNECTION_IDLE_MS, () => socket.destroy());
    socket.on('close', () => this.connections.delete(socket));
    socket.on('error', () => socket.destroy());
    const answered = () => {
      if (--inHand < MOST_IN_HAND) socket.resume();
    };
    socket.on('data', (bytes) => {
      const whole = messages.add(bytes);
      if (!whole) return void socket.destroy();
      for (const message of whole) {
        if (++inHand >= MOST_IN_HAND) socket.pause();
        void this.reply(message, asker, 'tcp').then((reply) => {
          if (reply && !socket.destroyed) socket.write(withLength(reply));
          answered();
        });
      }
    });
  }

  private async reply(message: Buffer, asker: string, over: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    const { deps, endpoint } = this;
    const tell = (outcome: DnsOutcome) => deps.onOutcome?.(outcome);
    try {
      const query = message.length > MOST_QUERY_BYTES ? undefined : readQuery(message);
      if (!query || 'reply' in query) {
        tell('not a query');
        return query?.reply;
      }
      const answer = query.question.class === 'IN' ? deps.answer(query.question, endpoint.side, asker) : undefined;
      const write = (packet: Packet) => this.written(query, packet, over);
      const isResolver = endpoint.side === 'here' && query.wantsRecursion;
      if (answer) {
        tell(answer.is);
        const more = answer.is === 'found' && isResolver ? await this.foundElsewhere(query, answer.elsewhere, over) : [];
        return write(replyWith(query, answer, endpoint.side, more));
      }
      if (!isResolver) {
        tell('refused');
        return write(failure(query, 'refused'));
      }
      const forwarded = await deps.forward(message, over);
      tell(forwarded ? 'forwarded' : 'failed');
      return forwarded ?? write(failure(query, 'serverFailure'));
    } catch (error) {
      deps.logger.error({ err: error }, 'a DNS question could not be answered');
      return undefined;
    }
  }

  /** What others say of the name that an alias of ours leads to; without it the asker has the alias alone, and may ask again. */
  private async foundElsewhere(query: DnsQuery, name: string | undefined, over: 'udp' | 'tcp'): Promise<ForeignAnswers> {
    const reply = name === undefined ? undefined : await this.deps.forward(questionFor(query, name), over);
    return reply ? answersIn(reply) : [];
  }

  private written(query: DnsQuery, packet: Packet, over: 'udp' | 'tcp'): Buffer {
    return over === 'udp' ? forUdp(query, packet) : forTcp(packet);
  }
}

/** A socket that was never bound throws when it is closed. */
function closeQuietly(close: () => void, otherwise: () => void): void {
  try {
    close();
  } catch {
    otherwise();
  }
}
