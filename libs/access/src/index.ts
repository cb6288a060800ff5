export { matchesWildcards } from './wildcards.js';
export { denialSentence, type Decision, evaluate, type Policies } from './evaluate.js';
export { isMalformed, MAX_POLICY_CHARACTERS, parsePolicyDocument } from './parse.js';
export { statementsIn, type WrittenStatement } from './statements.js';
export { type AccessRequest, conditionContext, type ConditionContext, type Policy, type Statement } from './policy.js';
