export { type ExpressionSubject } from './query-comparisons.js';
export * from './query-language.js';
export * from './capacity.js';
export * from './place-tasks.js';
