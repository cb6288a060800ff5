import type { QueryRule } from '../../model/rules.js';
import { describeTaskSet } from '../api/describe-task-set.js';
import { countTasks } from '../reconcile/task-counts.js';
import { findTaskSet, type OfTaskSets, resolveServiceWithTaskSets } from '../../lookup/task-sets.js';
import { taskSetsOf } from '../reconcile/task-sets.js';

type DescribeInput = OfTaskSets & { readonly taskSets?: readonly string[]; readonly include?: readonly string[] };

/** Those that are named; all of the service when none is. */
export const describeTaskSets: QueryRule<DescribeInput> = (state, input, context) => {
  const service = resolveServiceWithTaskSets(state, context, input);
  const counts = countTasks(state, service);
  const tags = input.include?.includes('TAGS') ?? false;
  const taskSets: object[] = [];
  const failures: object[] = [];
  const named = input.taskSets?.length ? input.taskSets : taskSetsOf(state, service).map(({ taskSetArn }) => taskSetArn);
  for (const name of new Set(named)) {
    const { arn, found } = findTaskSet(state, service, name);
    if (found) taskSets.push(describeTaskSet(service, found, counts, { tags }));
    else failures.push({ arn, reason: 'MISSING' });
  }
  return { taskSets, failures };
};
