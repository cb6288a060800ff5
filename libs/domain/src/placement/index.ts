export { type ExpressionSubject } from './query-comparisons.js';
export * from './query-language.js';
export * from './capacity.js';
export * from './filters.js';
export * from './place-tasks.js';
export { strategyField } from './strategies.js';
export * from './plan.js';
export * from './placement-parameters.js';
export * from './run-task-input.js';
