import { MAX_TOKEN } from '../../domain/filter-pattern/tokens.js';
import { DAY_MS } from '../log-store.js';

/** An event as it is indexed: one document, in the index of its UTC day. */
export interface LineDocument {
  readonly '@timestamp': number;
  /** With `index` the order of events of one time. */
  readonly run: number;
  readonly index: number;
  /** Ids. */
  readonly group: string;
  readonly stream: string;
  readonly ingested: number;
  readonly bytes: number;
  readonly message: string;
}

/** What is known of a container: its lines below `next` are taken. The document's version is `next`, so that it only rises. */
export interface ContainerDocument {
  readonly next: number;
  /** Of its newest events. */
  readonly run: number;
  readonly heard: number;
}

export class Layout {
  constructor(readonly prefix: string) {}

  /** `timestamp` in milliseconds. */
  dayIndex(timestamp: number): string {
    const [day] = new Date(timestamp).toISOString().split('T');
    return `${this.prefix}-lines-${day!.replaceAll('-', '.')}`;
  }

  /** Undefined: it is none of a day's lines. */
  dayOfIndex(name: string): number | undefined {
    if (!name.startsWith(`${this.prefix}-lines-`)) return undefined;
    const at = Date.parse(name.slice(`${this.prefix}-lines-`.length).replaceAll('.', '-'));
    return Number.isNaN(at) ? undefined : Math.floor(at / DAY_MS);
  }

  get everyDay(): string {
    return `${this.prefix}-lines-*`;
  }

  get containers(): string {
    return `${this.prefix}-containers`;
  }

  get policy(): string {
    return `${this.prefix}-lines`;
  }
}

/**
 * The words of a message are those of our own index (`domain/filter-pattern/tokens.ts`): runs of ASCII letters and digits in lower case, cut where
 * they are long. So what narrows a search there narrows it here, and a run of a megabyte is no term that the server refuses.
 */
export const linesTemplate = (layout: Layout, lifecycle: string | undefined) => ({
  index_patterns: [layout.everyDay],
  priority: 200,
  template: {
    settings: {
      index: {
        codec: 'best_compression',
        // An acknowledged line is on the disk of every copy.
        translog: { durability: 'request' },
        ...(lifecycle === undefined ? {} : { lifecycle: { name: lifecycle } }),
      },
      analysis: {
        tokenizer: { runs: { type: 'simple_pattern', pattern: '[a-zA-Z0-9]+' } },
        filter: { cut: { type: 'truncate', length: MAX_TOKEN } },
        analyzer: { runs: { type: 'custom', tokenizer: 'runs', filter: ['lowercase', 'cut'] } },
      },
    },
    mappings: {
      dynamic: 'strict',
      properties: {
        '@timestamp': { type: 'date', format: 'epoch_millis' },
        run: { type: 'long' },
        index: { type: 'long' },
        group: { type: 'keyword' },
        stream: { type: 'keyword' },
        ingested: { type: 'date', format: 'epoch_millis' },
        bytes: { type: 'long' },
        message: { type: 'text', analyzer: 'runs', norms: false },
      },
    },
  },
});

export const containersTemplate = (layout: Layout) => ({
  index_patterns: [layout.containers],
  priority: 200,
  template: {
    settings: { index: { translog: { durability: 'request' } } },
    mappings: {
      dynamic: 'strict',
      properties: {
        next: { type: 'long', index: false },
        run: { type: 'long', index: false },
        heard: { type: 'date', format: 'epoch_millis' },
      },
    },
  },
});

/** OpenSearch's Index State Management: https://docs.opensearch.org/latest/im-plugin/ism/policies/ */
export const ismPolicy = (layout: Layout, days: number) => ({
  policy: {
    description: 'Lines of containers that Longshore keeps no longer',
    default_state: 'kept',
    states: [
      {
        name: 'kept',
        actions: [],
        transitions: [{ state_name: 'deleted', conditions: { min_index_age: `${days}d` } }],
      },
      { name: 'deleted', actions: [{ delete: {} }], transitions: [] },
    ],
    ism_template: [{ index_patterns: [layout.everyDay], priority: 200 }],
  },
});

/** Elasticsearch's index lifecycle management: an index that is never rolled over is as old as it is. */
export const ilmPolicy = (days: number) => ({
  policy: { phases: { hot: { actions: {} }, delete: { min_age: `${days}d`, actions: { delete: {} } } } },
});
