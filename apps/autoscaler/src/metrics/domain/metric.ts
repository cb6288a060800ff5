import { type Scope, scopeKey } from '#lib/kernel';

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** A metric is its namespace, its name and exactly these dimensions, in whatever order. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

const byName = (a: Dimension, b: Dimension): number => (a.Name < b.Name ? -1 : a.Name > b.Name ? 1 : 0);

export function sortedDimensions(dimensions: readonly Dimension[]): readonly Dimension[] {
  for (let at = 1; at < dimensions.length; at++)
    if (byName(dimensions[at - 1]!, dimensions[at]!) > 0) return [...dimensions].sort(byName);
  return dimensions;
}

/** Orders metrics, and is in the ids under which history has them. */
export const metricKey = (scope: Scope, { namespace, name, dimensions }: Metric): string =>
  JSON.stringify([scopeKey(scope), namespace, name, ...sortedDimensions(dimensions).map(({ Name, Value }) => [Name, Value])]);

/** Finds a metric in this process: as exact as its key, since each part says its length, and asked of every sample. */
export function lookupKey({ accountId, region }: Scope, { namespace, name, dimensions }: Metric): string {
  let key = `${accountId}/${region}/${namespace.length},${namespace}${name.length},${name}`;
  for (const { Name, Value } of sortedDimensions(dimensions)) key += `${Name.length},${Name}${Value.length},${Value}`;
  return key;
}
