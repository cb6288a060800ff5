import { refuse } from '#lib/kernel';

/** KMS's errors, in its own sentences where they are known. */
export const refusals = {
  validation: (message: string) => refuse('ValidationException', message),
  unsupported: (message: string) => refuse('UnsupportedOperationException', message),
  noKey: (arn: string) => refuse('NotFoundException', `Key '${arn}' does not exist`),
  noAlias: (arn: string) => refuse('NotFoundException', `Alias ${arn} is not found.`),
  badKeyId: (id: string) => refuse('NotFoundException', `Invalid keyId '${id}'`),
  badArn: (arn: string) => refuse('InvalidArnException', `Invalid arn ${arn}`),
  noPolicy: () => refuse('NotFoundException', 'No such policy exists'),
  disabled: (arn: string) => refuse('DisabledException', `${arn} is disabled.`),
  pendingDeletion: (arn: string) => refuse('KMSInvalidStateException', `${arn} is pending deletion.`),
  notPendingDeletion: (arn: string) => refuse('KMSInvalidStateException', `${arn} is not pending deletion.`),
  managedByAws: (arn: string) =>
    refuse(
      'AccessDeniedException',
      `${arn} is an AWS managed key: only the service that it belongs to uses it, and nobody changes it. Make a key of your own (CreateKey).`,
    ),
  aliasExists: (arn: string) => refuse('AlreadyExistsException', `An alias with the name ${arn} already exists`),
  aliasWithoutPrefix: () =>
    refuse(
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    ),
  reservedAlias: () => refuse('InvalidAliasNameException', 'Alias must not begin with alias/aws/: that is for AWS managed keys.'),
  badAlias: (name: string) => refuse('ValidationException', `${name} contains invalid characters for an alias`),
  tooManyKeys: (limit: number) => refuse('LimitExceededException', `An account can have at most ${limit} keys in a region.`),
  tooManyAliases: (limit: number) => refuse('LimitExceededException', `A key can have at most ${limit} aliases.`),
  tooManyTags: () => refuse('LimitExceededException', 'A key can have at most 50 tags.'),
  reservedTag: () => refuse('TagException', "Tag keys can't start with aws:."),
  repeatedTag: () => refuse('TagException', 'Duplicate tag keys'),
  policyTooLong: (limit: number) => refuse('LimitExceededException', `A key policy can have at most ${limit} bytes.`),
  malformedPolicy: (message: string) => refuse('MalformedPolicyDocumentException', message),
  noKeyStore: (id: string) =>
    refuse('CustomKeyStoreNotFoundException', `Longshore has no custom key stores: '${id}' does not exist.`),
  badMarker: () => refuse('InvalidMarkerException', 'Could not deserialize marker'),
  grantTokens: () => refuse('InvalidGrantTokenException', 'Longshore has no grants: no grant token is valid.'),
  wrongAlgorithm: (algorithm: string) =>
    refuse('InvalidKeyUsageException', `The ${algorithm} algorithm is incompatible with the key spec SYMMETRIC_DEFAULT.`),
  badCiphertext: () =>
    refuse(
      'InvalidCiphertextException',
      'The ciphertext was changed, or encrypted with another encryption context, or not by KMS.',
    ),
  /** Who may not know whether the key exists is told the same. */
  foreignCiphertext: () =>
    refuse(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    ),
  incorrectKey: () =>
    refuse('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.'),
  dryRun: () => refuse('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.'),
  internal: (message: string) => refuse('KMSInternalException', message),
} as const;
