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
 * The lines of all groups, each at its place: in a store of this process, or asked of the aggregator that has them. So whoever is asked answers, and pages,
 * queries and searches over several groups are merged here as those of several groups of one store are.
 */
export class RoutedLogStore implements LogStore {
  private readonly others = new Map<number, RemoteLogStore>();

  constructor(
    /** This process's, by their places; what is of no place is the first one's. */
    private readonly own: ReadonlyMap<number, LogStore>,
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
    const others = [...new Set(this.places())].filter((place) => !this.own.has(place));
    const stores = [...this.own.values(), ...others.map((place) => this.at(place))];
    const sizes = await Promise.all(stores.map((store) => store.storedBytes()));
    return Object.assign({}, ...sizes) as Record<string, number>;
  }

  /** Each sweeps its own. */
  async sweep({ erase, expire }: Sweep): Promise<void> {
    for (const store of this.own.values()) {
      const isIn = (group: GroupRef) => this.of(group) === store;
      const part = { erase: erase.filter(isIn), expire: expire.filter(isIn) };
      if (part.erase.length + part.expire.length > 0) await store.sweep(part);
    }
  }

  damaged(): readonly DamagedFile[] {
    return [...this.own.values()].flatMap((store) => store.damaged());
  }

  async close(): Promise<void> {
    await Promise.all([...this.own.values()].map((store) => store.close()));
  }

  private of({ place }: GroupRef): Pick<LogStore, 'append' | 'scan' | 'count' | 'streamTimes'> {
    const [first] = this.own.values();
    return place === undefined ? first! : (this.own.get(place) ?? this.at(place));
  }

  private at(place: number): RemoteLogStore {
    let other = this.others.get(place);
    if (!other) this.others.set(place, (other = this.remote(place)));
    return other;
  }
}
