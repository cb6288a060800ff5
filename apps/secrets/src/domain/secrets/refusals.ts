import { refuse, Refusal } from '#lib/kernel';

const invalidRequest = (message: string): Refusal => refuse('InvalidRequestException', message);
const invalidParameter = (message: string): Refusal => refuse('InvalidParameterException', message);

/** Secrets Manager's errors, in its own sentences where they are known. */
export const refusals = {
  invalidRequest,
  invalidParameter,
  notFound: () => refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
  noVersion: (which: string) =>
    refuse('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${which}`),
  exists: (name: string) => refuse('ResourceExistsException', `The operation failed because the secret ${name} already exists.`),
  tokenUsed: (token: string) =>
    refuse(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret.`,
    ),
  /** Another request made a version with the same token this moment. SDKs try again, and are told then whether it is the same. */
  tokenUsedNow: () =>
    new Refusal({ code: 'InternalServiceError', message: 'A request with the same token is under way. Try again.', status: 500 }),
  badName: () =>
    refuse(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    ),
  scheduledName: () =>
    invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion."),
  unusableKey: () =>
    refuse(
      'EncryptionFailure',
      "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.",
    ),
  markedForDeletion: () => invalidRequest("You can't perform this operation on the secret because it was marked for deletion."),
  deletedAlready: () => invalidRequest("You tried to perform the operation on a secret that's currently marked deleted."),
  malformedPolicy: (why: string) =>
    refuse('MalformedPolicyDocumentException', `This resource policy contains a syntax error. ${why}`),
  publicPolicy: () =>
    refuse('PublicPolicyException', "You can't attach a resource-based policy that allows broad access to the secret."),
  badFilterKey: () => invalidParameter('Invalid filter key'),
  badFilterValues: (key: string) => invalidParameter(`Invalid filter values for key: ${key}`),
  badToken: () => refuse('InvalidNextTokenException', 'The NextToken value is invalid.'),
} as const;
