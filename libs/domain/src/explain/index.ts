import type { QueryRules } from '../rules/handler.js';
import { explainPlacement } from './ask-instances.js';

/** Reads that Explain asks of past states; no operation of the API. */
export const explainQueries: QueryRules = { ExplainPlacement: explainPlacement };

export type { Explanation, PlacementAnswers, Step } from './explanation.js';
export { explainPlacement, type PlacementQuestion, questionOf } from './ask-instances.js';
export { explainService } from './explain-service.js';
export { explainTask } from './explain-task.js';
export { type ExplainInput, findSubject, type Subject } from './find-subject.js';
export { renderExplanation } from './render.js';
export { causeRevisions, type Commits, concernsTask, eventOf, told, toldOfService } from './told.js';
export { commitsToRead } from './commits-to-read.js';
