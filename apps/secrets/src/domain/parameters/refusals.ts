import { refuse, type Refusal } from '#lib/kernel';

const validation = (message: string): Refusal => refuse('ValidationException', message);

/** Parameter Store's errors, in its own sentences where they are known. */
export const refusals = {
  validation,
  notFound: (name: string) => refuse('ParameterNotFound', `Parameter ${name} not found.`),
  noVersion: (name: string, version: string | number) =>
    refuse(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
    ),
  noLabel: (name: string, label: string) =>
    refuse(
      'ParameterVersionNotFound',
      `Systems Manager could not find label ${label} for parameter ${name}. Verify the label and try again.`,
    ),
  exists: () =>
    refuse(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    ),
  tagsAndOverwrite: () =>
    validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    ),
  notQualified: () => validation('Parameter name must be a fully qualified name.'),
  badKey: (id: string) =>
    refuse('InvalidKeyId', `Invalid keyId ${id}: there is no such key, or it is disabled or pending deletion.`),
  badName: () =>
    validation(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    ),
  tooDeep: () => refuse('HierarchyLevelLimitExceededException', 'A hierarchy can have a maximum of 15 levels.'),
  badPath: () =>
    validation(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    ),
  commonPath: () =>
    validation(
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.',
    ),
  badResource: (id: string) => refuse('InvalidResourceId', `The resource ID "${id}" is not valid. Verify the ID and try again.`),
  otherResource: (type: string) =>
    refuse('InvalidResourceType', `Longshore has parameters only: there are no tags of the resource type ${type}.`),
  badToken: () => refuse('InvalidNextToken', 'The specified token is not valid.'),
  tooManyTags: () => refuse('TooManyTagsError', 'A parameter can have at most 50 tags.'),
  reservedTag: () => validation('aws: prefixed tag key names are not allowed for external use.'),
  tooManyLabels: () =>
    refuse(
      'ParameterVersionLabelLimitExceeded',
      'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
    ),
  labelledVersions: (name: string, version: number) =>
    refuse(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    ),
} as const;
