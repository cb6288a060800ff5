import { type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { HostAnswer, HostList, HostToEnd, HostToStart } from '#lib/ecs/model';

/**
 * Starts and ends the hosts of Auto Scaling groups. Each request may be repeated: what is done already is answered as done. `unavailable`:
 * it may or may not come true, and is to be asked again.
 */
export interface InstanceProvider {
  start(host: HostToStart): Promise<HostAnswer>;
  end(host: HostToEnd): Promise<HostAnswer>;
  /** Those that there are. */
  list(): Promise<HostList>;
}

/**
 * A command of the operator's may ask a cloud and wait for longer; it is asked again then, and answered with the same. When a host's token is
 * spent, the broker ends connections, and an answer that is on its way is lost.
 */
const ANSWER_WITHIN_MS = 10_000;

/** The launcher starts processes on its host, or runs the operator's command for hosts elsewhere. */
export class LauncherInstances implements InstanceProvider {
  constructor(private readonly bus: Bus) {}

  start(host: HostToStart): Promise<HostAnswer> {
    return this.ask(subjects.hosts('start'), host);
  }

  end(host: HostToEnd): Promise<HostAnswer> {
    return this.ask(subjects.hosts('end'), host);
  }

  list(): Promise<HostList> {
    return this.ask(subjects.hosts('list'), {});
  }

  private async ask<A extends object>(subject: string, question: object): Promise<A | { readonly unavailable: string }> {
    const outcome = await this.bus.request(subject, toJson(question), { timeoutMs: ANSWER_WITHIN_MS });
    if (outcome.outcome === 'reply') return fromJson(outcome.payload) as A;
    return { unavailable: outcome.outcome === 'no-responders' ? 'no launcher runs that starts hosts' : outcome.outcome };
  }
}
