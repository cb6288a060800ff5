import type { HostAnswer, HostToStart } from '#lib/ecs/model';

/** One way to have hosts. Each call may come again, and what is done already is done. */
export interface HostKeeper {
  start(asked: HostToStart): Promise<HostAnswer>;
  end(instanceId: string): Promise<HostAnswer>;
  /** Instance ids; throws a sentence when nobody can tell now. */
  list(): Promise<readonly string[]>;
}
