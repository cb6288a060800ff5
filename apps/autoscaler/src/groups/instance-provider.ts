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

/** A command of the operator's may ask a cloud and wait for its answer; the launcher ends it before. */
const ANSWER_WITHIN_MS = 70_000;
const LIST_WITHIN_MS = 15_000;

/** The launcher starts processes on its host, or runs the operator's command for hosts elsewhere. */
export class LauncherInstances implements InstanceProvider {
  constructor(private readonly bus: Bus) {}

  start(host: HostToStart): Promise<HostAnswer> {
    return this.ask(subjects.hosts('start'), host, ANSWER_WITHIN_MS);
  }

  end(host: HostToEnd): Promise<HostAnswer> {
    return this.ask(subjects.hosts('end'), host, ANSWER_WITHIN_MS);
  }

  list(): Promise<HostList> {
    return this.ask(subjects.hosts('list'), {}, LIST_WITHIN_MS);
  }

  private async ask<A extends object>(
    subject: string,
    question: object,
    timeoutMs: number,
  ): Promise<A | { readonly unavailable: string }> {
    const outcome = await this.bus.request(subject, toJson(question), { timeoutMs });
    if (outcome.outcome === 'reply') return fromJson(outcome.payload) as A;
    return { unavailable: outcome.outcome === 'no-responders' ? 'no launcher runs that starts hosts' : outcome.outcome };
  }
}
