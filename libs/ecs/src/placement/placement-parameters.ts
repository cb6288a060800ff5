import type { PlacementConstraint, PlacementStrategy } from '../model/task-definition.js';
import { refusals } from '../model/refusals.js';
import { compileExpression } from './query-language.js';
import { strategyField } from './strategies.js';

/** ECS's limits: constraints count those of the task definition too. */
const MAX_CONSTRAINTS = 10;
const MAX_STRATEGIES = 5;

/** Placement constraints as a caller gave them, checked: every expression compiles. For tasks, services and task definitions. */
export function checkPlacementConstraints(
  given: readonly Partial<PlacementConstraint>[] | undefined,
  alsoInForce = 0,
): readonly PlacementConstraint[] {
  const constraints = given ?? [];
  if (constraints.length + alsoInForce > MAX_CONSTRAINTS) {
    throw refusals.invalidParameter(
      `Too many placement constraints: a task can have ${MAX_CONSTRAINTS}, those of its task definition included.`,
    );
  }
  return constraints.map(({ type, expression }) => {
    if (type === 'distinctInstance') {
      if (expression) throw refusals.invalidParameter('A placement constraint of type distinctInstance takes no expression.');
      return { type };
    }
    if (type !== 'memberOf') {
      throw refusals.invalidParameter('placement constraint type should be one of [distinctInstance,memberOf]');
    }
    if (!expression) throw refusals.invalidParameter('A placement constraint of type memberOf needs an expression.');
    compileExpression(expression);
    return { type, expression };
  });
}

const FIELDS = {
  binpack: 'cpu or memory',
  spread: 'instanceId (or host) or attribute:<name>, for example attribute:ecs.availability-zone',
} as const;

export function checkPlacementStrategies(given: readonly Partial<PlacementStrategy>[] | undefined): readonly PlacementStrategy[] {
  const strategies = given ?? [];
  if (strategies.length > MAX_STRATEGIES) {
    throw refusals.invalidParameter(`Too many placement strategies: a task can have ${MAX_STRATEGIES}.`);
  }
  return strategies.map(({ type, field }) => {
    if (type === 'random') return { type };
    if (type !== 'binpack' && type !== 'spread') {
      throw refusals.invalidParameter('placement strategy type should be one of [random,spread,binpack]');
    }
    if (strategyField({ type, field }) === undefined) {
      throw refusals.invalidParameter(`Invalid field for the placement strategy ${type}: '${field ?? ''}'. Use ${FIELDS[type]}.`);
    }
    return { type, field };
  });
}
