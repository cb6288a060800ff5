import type { PacketFilterReply, PacketFilterRequest } from '#lib/ecs/model';
import type { Commit, Fold } from '#lib/journal';
import { hashId, type Scope, scopeKey } from '#lib/kernel';
import { type Bus, type BusRequest, fromJson, type Subscription, toJson } from '#lib/messaging';
import { agentOfSubject, type AgentName, subjects } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import { z } from 'zod';
import type { HostAddresses } from './host-addresses.js';
import { packetFilterOf } from '../domain/packet-filter.js';
import type { NetworkState } from '../domain/state.js';

/** How long an answer that is the known one is held back; agents wait three seconds more. */
export const HELD_MS = 5_000;
/** Commits come in showers, one a task of a service: a host is told of all of a shower. */
const GATHER_MS = 5;
const QUEUE = 'network';

const request: z.ZodType<PacketFilterRequest> = z.object({ known: z.string().max(128).optional() });

interface Waiting {
  readonly agent: AgentName;
  readonly known: string;
  readonly respond: (reply: PacketFilterReply) => void;
}

export interface PacketFiltersDeps {
  readonly bus: Bus;
  readonly fold: Pick<Fold<NetworkState>, 'state' | 'subscribe'>;
  /** What is said of hosts elsewhere, and that it is another now. */
  readonly hosts: Pick<HostAddresses, 'in' | 'subscribe'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells each host what the security groups of its tasks let through, as soon as that changes: a host's question is held until then. So a
 * host hears what is about its own tasks and nothing else, in the answer to its own question, and nobody has to know who listens.
 */
export class PacketFilters {
  private subscription: Subscription | undefined;
  private unsubscribe: () => void = () => undefined;
  private readonly waiting = new Set<Waiting>();
  /** Accounts in their regions, and instances, about which something is new. */
  private readonly touched = new Set<string>();
  private cancelGathering: (() => void) | undefined;

  constructor(private readonly deps: PacketFiltersDeps) {}

  start(): void {
    const { bus, fold, hosts } = this.deps;
    const unsubscribes = [
      fold.subscribe((commit) => this.look(commit)),
      hosts.subscribe((of) => {
        this.touched.add('scope' in of ? scopeKey(of.scope) : of.instanceId);
        this.gather();
      }),
    ];
    this.unsubscribe = () => unsubscribes.forEach((unsubscribe) => unsubscribe());
    this.subscription = bus.subscribe(subjects.allPacketFilters(), (message) => this.take(message), { queue: QUEUE });
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    this.cancelGathering?.();
    // Whoever is answered asks another replica at once.
    for (const one of this.waiting) one.respond({ digest: one.known });
    await this.subscription?.drain();
  }

  private take({ payload, subject, respond }: BusRequest): void {
    const asked = request.safeParse(fromJson(payload));
    if (!asked.success || !respond) return this.deps.logger.warn({ subject }, 'a question for a packet filter is none');
    const agent = agentOfSubject(subject);
    const reply = this.replyTo(agent, asked.data.known);
    if (reply) return respond(toJson(reply));
    this.hold(agent, asked.data.known!, (answer) => respond(toJson(answer)));
  }

  private hold(agent: AgentName, known: string, respond: (reply: PacketFilterReply) => void): void {
    const cancel = this.deps.clock.after(HELD_MS, () => one.respond({ digest: known }));
    const one: Waiting = {
      agent,
      known,
      respond: (reply) => {
        cancel();
        this.waiting.delete(one);
        respond(reply);
      },
    };
    this.waiting.add(one);
  }

  /** Undefined: it is the known one. */
  private replyTo(agent: AgentName, known: string | undefined): PacketFilterReply | undefined {
    const { fold, hosts } = this.deps;
    const scope = scopeOf(agent);
    const filter = packetFilterOf(fold.state, scope, agent.instanceId, hosts.in(scope));
    const digest = hashId('packet-filter', JSON.stringify(filter));
    return digest === known ? undefined : { digest, filter };
  }

  private look({ transactions }: Commit): void {
    for (const { accountId, region, events } of transactions) {
      this.touched.add(scopeKey(scopeOf({ accountId, region })));
      for (const { data } of events) this.touched.add(scopeKey(scopeIn(data)));
    }
    this.gather();
  }

  private gather(): void {
    if (this.waiting.size > 0) this.cancelGathering ??= this.deps.clock.after(GATHER_MS, () => this.tell());
    else this.touched.clear();
  }

  private tell(): void {
    this.cancelGathering = undefined;
    for (const one of this.waiting) {
      if (!this.isAbout(one.agent)) continue;
      const reply = this.replyTo(one.agent, one.known);
      if (reply) one.respond(reply);
    }
    this.touched.clear();
  }

  /** The host of the load balancers has those of all accounts. */
  private isAbout(agent: AgentName): boolean {
    const scope = scopeOf(agent);
    return (
      this.touched.has(scopeKey(scope)) ||
      this.touched.has(agent.instanceId) ||
      this.deps.hosts.in(scope).hasBalancers(agent.instanceId)
    );
  }
}

const scopeOf = ({ accountId, region }: { readonly accountId: string; readonly region: string }): Scope => ({
  accountId: accountId as Scope['accountId'],
  region: region as Scope['region'],
});

/** Commands that are of nobody's account say in their events whose thing it is. */
function scopeIn(data: unknown): Scope {
  const { resource, loadBalancer } = data as { readonly resource?: Scope; readonly loadBalancer?: Scope };
  return resource ?? loadBalancer ?? (data as Scope);
}
