import type { Bus, BusRequest, RequestOutcome, Subscription } from '#lib/messaging';

/** A bus in this process, for cores that talk with each other: subjects as they are, without wildcards and queues. Answers come a turn later. */
export class MemoryBus implements Bus {
  private readonly handlers = new Map<string, Set<(message: BusRequest) => void>>();

  publish(subject: string, payload: Uint8Array): void {
    for (const handle of this.handlers.get(subject) ?? []) handle({ subject, payload, headers: {} });
  }

  async request(subject: string, payload: Uint8Array): Promise<RequestOutcome> {
    const handlers = [...(this.handlers.get(subject) ?? [])];
    if (handlers.length === 0) return { outcome: 'no-responders' };
    return new Promise((resolve) => {
      const respond = (reply: Uint8Array) => resolve({ outcome: 'reply', payload: reply, headers: {} });
      for (const handle of handlers) handle({ subject, payload, headers: {}, respond });
    });
  }

  subscribe(subject: string, handle: (message: BusRequest) => void): Subscription {
    const handlers = this.handlers.get(subject) ?? new Set();
    this.handlers.set(subject, handlers.add(handle));
    return { drain: async () => void handlers.delete(handle) };
  }
}
