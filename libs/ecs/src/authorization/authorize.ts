import { conditionContext, denialSentence, evaluate } from '#lib/access';
import type { Rejection, Scope } from '#lib/kernel';
import type { Tag } from '../model/common.js';
import { type Access, asksForResourceTags } from './access.js';
import type { Input } from './resource.js';
import { resourcesOf } from './resources.js';

/** A call of the API as its caller wrote it: names, ids and ARNs are taken as they stand. */
export interface ApiCall extends Scope {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly principalArn: string;
}

/** The tags that a resource has now; none for what is not there. */
export type TagsOfResource = (arn: string) => Promise<readonly Tag[] | { readonly rejection: Rejection }>;

/** Where policies have another name for a service than its signatures. */
const IAM_PREFIX: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** AWS asks nobody for a right to learn who they are, and denies it to none. */
const isFree = ({ service, operation }: ApiCall) => service === 'sts' && operation === 'GetCallerIdentity';

/** Undefined: the call is allowed, on each of its resources. */
export async function authorize(access: Access, call: ApiCall, tagsOf: TagsOfResource): Promise<Rejection | undefined> {
  if (isFree(call)) return undefined;
  const input = (call.input ?? {}) as Input;
  const action = `${IAM_PREFIX[call.service] ?? call.service}:${call.operation}`;
  const isByTags = asksForResourceTags(access);
  for (const { arn: resource, cluster } of resourcesOf(call.service, call.operation, input, call)) {
    const tags = isByTags && resource.startsWith('arn:') ? await tagsOf(resource) : [];
    if ('rejection' in tags) return tags.rejection;
    const context = conditionContext({
      'aws:PrincipalArn': call.principalArn,
      'ecs:cluster': cluster,
      'aws:TagKeys': tagKeysOf(input),
      ...prefixed('aws:RequestTag/', tagsIn(input)),
      ...prefixed('aws:ResourceTag/', tags),
    });
    const request = { action, resource, context };
    const decision = evaluate(access, request);
    if (decision !== 'allow') {
      return { code: 'AccessDeniedException', message: denialSentence(call.principalArn, request, decision), status: 400 };
    }
  }
  return undefined;
}

/** ECS's `tags`; CloudWatch Logs' map; ELBv2's `Tags`, whose members begin with capitals, too; or KMS's, which have names of their own. */
const tagsIn = ({ tags, Tags }: Input): readonly Tag[] => {
  if (Array.isArray(tags))
    return (tags as readonly unknown[]).filter((tag): tag is Tag => typeof tag === 'object' && tag !== null);
  if (Array.isArray(Tags)) return (Tags as readonly GivenTag[]).map(tagOf);
  return Object.entries((tags ?? {}) as Record<string, string>).map(([key, value]) => ({ key, value }));
};

interface GivenTag {
  readonly Key?: string;
  readonly Value?: string;
  readonly TagKey?: string;
  readonly TagValue?: string;
}
const tagOf = ({ Key, Value, TagKey, TagValue }: GivenTag): Tag => ({ key: Key ?? TagKey ?? '', value: Value ?? TagValue ?? '' });

function tagKeysOf(input: Input): readonly string[] | undefined {
  const keys = [
    ...tagsIn(input).map(({ key }) => key),
    ...[input.tagKeys, input.TagKeys, input.tags].flatMap((names) => (Array.isArray(names) ? (names as unknown[]) : [])),
  ];
  const given = keys.filter((key) => typeof key === 'string');
  return given.length > 0 ? given : undefined;
}

const prefixed = (prefix: string, tags: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(tags.filter(({ key }) => key).map(({ key, value }) => [`${prefix}${key}`, value ?? '']));
