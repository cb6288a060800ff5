import { refuse, type Refusal } from '#lib/kernel';
import { DIMENSION, NAMESPACE } from './names.js';

const named = (what: string, resourceId: string): string =>
  `${what} service namespace: ${NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`;

/** Application Auto Scaling's errors. */
export const targetRefusals = {
  validation: (message: string): Refusal => refuse('ValidationException', message),
  unsupported: (): Refusal => refuse('ValidationException', 'Unsupported service namespace, resource type or scalable dimension'),
  noTarget: (resourceId: string): Refusal =>
    refuse('ObjectNotFoundException', named('No scalable target registered for', resourceId)),
  noPolicy: (resourceId: string, name: string): Refusal =>
    refuse('ObjectNotFoundException', `${named('No scaling policy found for', resourceId)}, scaling policy name: ${name}`),
  noScheduledAction: (resourceId: string, name: string): Refusal =>
    refuse('ObjectNotFoundException', `${named('No scheduled action found for', resourceId)}, scheduled action name: ${name}`),
  noResource: (arn: string): Refusal =>
    refuse('ResourceNotFoundException', `The scalable target ${arn} does not exist.`, { ResourceName: arn }),
  tooManyTags: (arn: string): Refusal =>
    refuse('TooManyTagsException', 'A scalable target can have at most 50 tags.', { ResourceName: arn }),
  limit: (message: string): Refusal => refuse('LimitExceededException', message),
  badToken: (): Refusal => refuse('InvalidNextTokenException', 'The next token is invalid.'),
} as const;
