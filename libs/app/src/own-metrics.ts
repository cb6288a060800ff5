import { register, type Registry } from 'prom-client';
import { type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Logger } from '#lib/platform';

/** One metric of a process with all its series, as prom-client has them; a value that is no number is null. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    /** Where it is another than the family's: `…_bucket`. */
    readonly metricName?: string;
    readonly labels?: Readonly<Record<string, string | number>>;
    readonly value: number | null;
  }[];
}

/** `ask` is the question's, so that the answers to an earlier one are told apart. */
export interface OwnMetrics {
  readonly ask: string;
  readonly app: string;
  readonly replica: number;
  readonly families: readonly MetricFamily[];
}

/** The broker takes messages of 1 MiB. */
const MOST_BYTES = 900_000;

/** Answers the gateway, which is scraped for all processes; what is too large for a message is left out, the largest family first. */
export function tellOwnMetrics(
  bus: Bus,
  process: { readonly app: string; readonly replica: number },
  logger: Logger,
  registry: Registry = register,
): void {
  bus.subscribe(subjects.scrape, ({ payload }) => {
    const { ask } = fromJson(payload) as Pick<OwnMetrics, 'ask'>;
    registry.getMetricsAsJSON().then(
      (families) =>
        bus.publish(
          subjects.scraped(process.app),
          toJson({ ask, ...process, families: fitting(families as never) } satisfies OwnMetrics),
        ),
      (error: unknown) => logger.warn({ err: error }, 'its own metrics cannot be told'),
    );
  });
}

function fitting(families: readonly MetricFamily[]): readonly MetricFamily[] {
  const sized = families.map((family) => ({ family, bytes: toJson(family).byteLength })).sort((a, b) => a.bytes - b.bytes);
  let bytes = 0;
  return sized.filter((one) => (bytes += one.bytes) <= MOST_BYTES).map(({ family }) => family);
}
