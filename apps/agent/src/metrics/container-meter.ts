import type { Clock } from '#lib/platform';
import type { CgroupReader } from './cgroup-reader.js';
import type { ContainerFigures } from './domain/container-figures.js';
import type { NetworkReader } from './network-reader.js';

export interface ContainerMeterDeps {
  readonly reader: Pick<CgroupReader, 'readFigures'>;
  readonly network: Pick<NetworkReader, 'read'>;
  readonly clock: Clock;
}

/** A container's figures at one moment. */
export interface Reading extends ContainerFigures {
  /** ISO. */
  readonly at: string;
  readonly monotonicMs: number;
}

/** What it used between two moments. */
export interface Span {
  readonly before: Reading;
  readonly now: Reading;
}

/** Ticks of processors are 10 ms long: in less than this a share of them says little. As long as the engine takes for its own. */
const LEAST_SPAN_MS = 1_000;
/** Who asks less often than this is told of the last second, not of all the time since. */
const MOST_SPAN_MS = 60_000;

/**
 * The figures of a container when somebody asks for them: of now, and of when they were last asked for. The first answer takes a second,
 * as the engine's do; whoever asks again within one gets the same.
 */
export class ContainerMeter {
  private readonly spans = new Map<string, Span>();
  private readonly pending = new Map<string, Promise<Span | undefined>>();

  constructor(private readonly deps: ContainerMeterDeps) {}

  /** Undefined: it does not run any more. */
  measure(runtimeId: string, pid: number): Promise<Span | undefined> {
    const run = `${runtimeId} ${pid}`;
    const known = this.pending.get(run);
    if (known) return known;
    const measured = this.span(runtimeId, pid, run).finally(() => this.pending.delete(run));
    this.pending.set(run, measured);
    return measured;
  }

  private async span(runtimeId: string, pid: number, run: string): Promise<Span | undefined> {
    const { clock } = this.deps;
    const last = this.spans.get(run);
    const age = last ? clock.monotonicMs() - last.now.monotonicMs : Infinity;
    if (last && age < LEAST_SPAN_MS) return last;
    const before = last && age <= MOST_SPAN_MS ? last.now : await this.read(runtimeId, pid);
    if (before && before !== last?.now) await clock.sleep(LEAST_SPAN_MS);
    const now = before && (await this.read(runtimeId, pid));
    if (!before || !now) return undefined;
    const span = { before, now };
    this.spans.set(run, span);
    return span;
  }

  private async read(runtimeId: string, pid: number): Promise<Reading | undefined> {
    const { reader, network: networkReader, clock } = this.deps;
    const figures = await reader.readFigures(runtimeId, pid);
    const network = figures && (await networkReader.read(pid));
    return (
      figures && {
        ...figures,
        ...(network ? { network } : {}),
        at: new Date(clock.now()).toISOString(),
        monotonicMs: clock.monotonicMs(),
      }
    );
  }

  /** Nothing is kept of containers that nobody asked for lately. */
  sweep(): void {
    const nowMs = this.deps.clock.monotonicMs();
    for (const [run, { now }] of this.spans) if (nowMs - now.monotonicMs > MOST_SPAN_MS) this.spans.delete(run);
  }
}
