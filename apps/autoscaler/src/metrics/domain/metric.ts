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

export const sortedDimensions = (dimensions: readonly Dimension[]): readonly Dimension[] => [...dimensions].sort(byName);

export const metricKey = (scope: Scope, { namespace, name, dimensions }: Metric): string =>
  JSON.stringify([scopeKey(scope), namespace, name, ...sortedDimensions(dimensions).map(({ Name, Value }) => [Name, Value])]);
