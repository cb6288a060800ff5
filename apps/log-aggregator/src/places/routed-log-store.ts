import type { StreamTimes } from '../domain/streams.js';
import type {
  Append,
  Appended,
  Counting,
  Counts,
  DamagedFile,
  GroupRef,
  LogStore,
  Page,
  Scan,
  Sweep,
} from '../store/log-store.js';
import type { RemoteLogStore } from './remote-log-store.js';

/**
 * The lines of all groups, each at its place: in this process's own store, or asked of the aggregator that has them. So whoever is asked answers, and pages,
 * queries and searches over several groups are merged here as those of several groups of one store are.
 */
export class RoutedLogStore implements LogStore {
  private readonly others = new Map<number, RemoteLogStore>();

  constructor(
    private readonly place: number,
    private readonly own: LogStore,
    private readonly remote: (place: number) => RemoteLogStore,
    /** Of all groups that there are. */
    private readonly places: () => Iterable<number>,
  ) {}

  append(append: Append): Promise<Appended> {
    return this.of(append.group).append(append);
  }

  scan(scan: Scan, signal?: AbortSignal): Promise<Page> {
    return this.of(scan.group).scan(scan, signal);
  }

  count(counting: Counting, signal?: AbortSignal): Promise<Counts> {
    return this.of(counting.group).count(counting, signal);
  }

  streamTimes(group: GroupRef): Promise<Readonly<Record<string, StreamTimes>>> {
    return this.of(group).streamTimes(group);
  }

  async storedBytes(): Promise<Readonly<Record<string, number>>> {
    const others = new Set(this.places());
    others.delete(this.place);
    const sizes = await Promise.all([this.own.storedBytes(), ...Array.from(others, (place) => this.at(place).storedBytes())]);
    return Object.assign({}, ...sizes) as Record<string, number>;
  }

  /** Each sweeps its own. */
  sweep(sweep: Sweep): Promise<void> {
    return this.own.sweep(sweep);
  }

  damaged(): readonly DamagedFile[] {
    return this.own.damaged();
  }

  close(): Promise<void> {
    return this.own.close();
  }

  private of({ place }: GroupRef): Pick<LogStore, 'append' | 'scan' | 'count' | 'streamTimes'> {
    return place === undefined || place === this.place ? this.own : this.at(place);
  }

  private at(place: number): RemoteLogStore {
    let other = this.others.get(place);
    if (!other) this.others.set(place, (other = this.remote(place)));
    return other;
  }
}
