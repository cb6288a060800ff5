import { type DecisionContext, scopeKey } from '#lib/kernel';
import type { LoadBalancingEvent } from '../events.js';
import { type Filter, matches } from './filters.js';
import type { Operation } from './model.js';
import { orderedPage, type PageInput, tokenOf } from './pages.js';
import { refusals } from './refusals.js';
import type { QueryRule, QueryRules } from './rule-types.js';

/** As Cloud Map makes them: characters of no meaning, then the moment in milliseconds to the base of 36. */
export const operationIdOf = ({ id, at }: Pick<DecisionContext, 'id' | 'at'>): string =>
  `${id('operation')}-${Date.parse(at).toString(36)}`;

/** The answer to a command that Cloud Map carries out later: here it is done already. */
export const operationIdIn = (events: readonly LoadBalancingEvent[]) => ({
  OperationId: (events[0]?.data as { readonly operationId: string } | undefined)?.operationId,
});

const getOperation: QueryRule<{ OperationId: string }> = ({ operations }, { OperationId }, caller) => {
  const found = operations.get(OperationId);
  if (!found || scopeKey(found) !== scopeKey(caller)) throw refusals.operationNotFound(OperationId);
  const { id, accountId, type, targets, createdAt } = found;
  return {
    Operation: {
      Id: id,
      OwnerAccount: accountId,
      Type: type,
      Status: 'SUCCESS',
      CreateDate: createdAt,
      UpdateDate: createdAt,
      Targets: targets,
    },
  };
};

const listOperations: QueryRule<PageInput & { Filters?: readonly Filter[] }> = ({ operations }, input, caller) => {
  const isWanted = matches<Operation>(input.Filters, {
    NAMESPACE_ID: ({ targets }) => targets.NAMESPACE,
    SERVICE_ID: ({ targets }) => targets.SERVICE,
    STATUS: () => 'SUCCESS',
    TYPE: ({ type }) => type,
    UPDATE_DATE: ({ createdAt }) => String(Date.parse(createdAt) / 1000),
  });
  function* wanted(after: string | undefined) {
    for (const operation of operations.ordered('scope', scopeKey(caller), after)) if (isWanted(operation)) yield operation;
  }
  const page = orderedPage(input, `operations ${JSON.stringify(input.Filters ?? [])}`, wanted, ({ id }) => id);
  return { Operations: page.items.map(({ id }) => ({ Id: id, Status: 'SUCCESS' })), ...tokenOf(page) };
};

export const operationQueries: QueryRules = { GetOperation: getOperation, ListOperations: listOperations };
