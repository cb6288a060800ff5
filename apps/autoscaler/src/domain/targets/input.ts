import type { Scope } from '#lib/kernel';
import { page } from '../pages.js';
import type { TargetId } from './model.js';
import { DIMENSION, NAMESPACE } from './names.js';
import { targetRefusals as refusals } from './refusals.js';

/** What names a target in requests. */
export interface TargetInput {
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
}

/** …and in reads, where all but the namespace may be left out. */
export interface ListInput {
  readonly ServiceNamespace: string;
  readonly ResourceId?: string;
  readonly ScalableDimension?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const RESOURCE = /^service\/[a-zA-Z0-9_-]{1,255}\/[a-zA-Z0-9_-]{1,255}$/;

export function targetOf({ accountId, region }: Scope, input: TargetInput): TargetId {
  const isServed = input.ServiceNamespace === NAMESPACE && input.ScalableDimension === DIMENSION;
  if (!isServed || !RESOURCE.test(input.ResourceId)) throw refusals.unsupported();
  return { accountId, region, resourceId: input.ResourceId };
}

export const namesTarget = ({ resourceId }: TargetId) => ({
  ServiceNamespace: NAMESPACE,
  ResourceId: resourceId,
  ScalableDimension: DIMENSION,
});

const MOST_RESULTS = 50;

/** One page of what a read asks for. Namespaces and dimensions that are not served have nothing. */
export function pageFor<T extends TargetId>(
  all: Iterable<T>,
  keyOf: (item: T) => string,
  input: ListInput,
  filters: readonly unknown[] = [],
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const { ServiceNamespace, ResourceId, ScalableDimension, MaxResults = MOST_RESULTS, NextToken } = input;
  const isServed = ServiceNamespace === NAMESPACE && (ScalableDimension ?? DIMENSION) === DIMENSION;
  if (MaxResults < 1 || MaxResults > MOST_RESULTS) throw refusals.validation(`MaxResults must be between 1 and ${MOST_RESULTS}.`);
  const matching = function* () {
    if (isServed) for (const item of all) if (ResourceId === undefined || item.resourceId === ResourceId) yield item;
  };
  const list = JSON.stringify([ServiceNamespace, ResourceId, ScalableDimension, ...filters]);
  return page(matching(), keyOf, { list, limit: MaxResults, token: NextToken, badToken: refusals.badToken });
}
