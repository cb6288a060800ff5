import { authorize } from '#lib/ecs/authorization';
import type { Tag } from '#lib/ecs/model';
import { type AccountId, parseArn, type Region, type Rejection } from '#lib/kernel';
import type { Random } from '#lib/platform';
import type { Caller } from './authenticator.js';
import { randomRequestId } from './request-id.js';
import type { Upstream } from './upstream.js';

/** What is asked, before any app is. */
export interface Asked {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  /** On the monotonic clock. */
  readonly deadlineAtMs: number;
}

/** Whether a caller may: decided from the key and the request alone, unless a policy asks for the tags that a resource has. */
export class Authorizer {
  constructor(private readonly deps: { readonly upstream: Pick<Upstream, 'call'>; readonly random: Random }) {}

  async refusal(caller: Caller, asked: Asked): Promise<Rejection | undefined> {
    const { service, operation, input } = asked;
    const { principalArn } = caller;
    const scope = { accountId: caller.accountId as AccountId, region: caller.region as Region };
    return authorize(caller.access, { ...scope, service, operation, input, principalArn }, (arn) =>
      this.tagsOf(arn, caller, asked.deadlineAtMs),
    );
  }

  /** As they are now, also for a read of the past: rights are not given back by looking back. */
  private async tagsOf(resourceArn: string, caller: Caller, deadlineAtMs: number) {
    const { upstream, random } = this.deps;
    const answer = await upstream.call({
      ...tagsQuestion(resourceArn),
      requestId: randomRequestId(random),
      principal: caller.principalArn,
      accountId: caller.accountId,
      region: caller.region,
      deadlineAtMs,
    });
    if ('output' in answer) return tagsIn(answer.output);
    // What is not there, or cannot have tags, has none; what cannot be asked for is not guessed.
    return answer.rejection.status >= 500 ? answer : [];
  }
}

/** Each service has an operation of its own for it. */
function tagsQuestion(resourceArn: string) {
  switch (parseArn(resourceArn)?.service ?? /^arn:[^:]+:([^:]+):/.exec(resourceArn)?.[1]) {
    case 'elasticloadbalancing':
      return { service: 'elasticloadbalancing', operation: 'DescribeTags', input: { ResourceArns: [resourceArn] } };
    case 'servicediscovery':
      return { service: 'servicediscovery', operation: 'ListTagsForResource', input: { ResourceARN: resourceArn } };
    case 'acm':
      return { service: 'acm', operation: 'ListTagsForCertificate', input: { CertificateArn: resourceArn } };
    case 'route53': {
      const ResourceId = resourceArn.replace(/^.*\//, '');
      return { service: 'route53', operation: 'ListTagsForResource', input: { ResourceType: 'hostedzone', ResourceId } };
    }
    case 'kms':
      return { service: 'kms', operation: 'ListResourceTags', input: { KeyId: resourceArn } };
    case 'cloudwatch':
      return { service: 'monitoring', operation: 'ListTagsForResource', input: { ResourceARN: resourceArn } };
    case 'events':
      return { service: 'events', operation: 'ListTagsForResource', input: { ResourceARN: resourceArn } };
    case 'application-autoscaling':
      return { service: 'application-autoscaling', operation: 'ListTagsForResource', input: { ResourceARN: resourceArn } };
    case 'autoscaling': {
      const Values = [resourceArn.replace(/^.*:autoScalingGroupName\//, '')];
      return { service: 'autoscaling', operation: 'DescribeTags', input: { Filters: [{ Name: 'auto-scaling-group', Values }] } };
    }
    case 'logs': {
      // The tags of a stream are its group's.
      const group = resourceArn.replace(/:log-stream:.*$/, '');
      return { service: 'logs', operation: 'ListTagsForResource', input: { resourceArn: group } };
    }
    case 'secretsmanager': {
      // Of a name, as `secretResourcesOf` writes it, too.
      const SecretId = resourceArn.replace(/-000000$/, '');
      return { service: 'secretsmanager', operation: 'DescribeSecret', input: { SecretId } };
    }
    case 'ecr':
      return { service: 'ecr', operation: 'ListTagsForResource', input: { resourceArn } };
    case 'ssm':
      return { service: 'ssm', operation: 'ListTagsForResource', input: { ResourceType: 'Parameter', ResourceId: resourceArn } };
    default:
      return { service: 'ecs', operation: 'ListTagsForResource', input: { resourceArn } };
  }
}

interface NamedTag {
  readonly Key: string;
  readonly Value: string;
}
/** As KMS calls them. */
interface KeyTag {
  readonly TagKey: string;
  readonly TagValue: string;
}

interface TagsAnswer {
  /** CloudWatch Logs' are a map. */
  readonly tags?: readonly Tag[] | Readonly<Record<string, string>>;
  /** Application Auto Scaling's are a map. */
  readonly Tags?: readonly (NamedTag | KeyTag)[] | Readonly<Record<string, string>>;
  readonly TagList?: readonly NamedTag[];
  readonly ResourceTagSet?: { readonly Tags: readonly NamedTag[] };
  readonly TagDescriptions?: readonly { readonly Tags: readonly NamedTag[] }[];
}

const spelled = (tag: NamedTag | KeyTag): NamedTag => ('TagKey' in tag ? { Key: tag.TagKey, Value: tag.TagValue } : tag);

const tagsIn = (output: unknown): readonly Tag[] => {
  const { tags = [], Tags = [], TagList = [], TagDescriptions = [], ResourceTagSet } = output as TagsAnswer;
  const named = Array.isArray(tags) ? (tags as readonly Tag[]) : Object.entries(tags).map(([key, value]) => ({ key, value }));
  const given = Array.isArray(Tags)
    ? (Tags as readonly (NamedTag | KeyTag)[]).map(spelled)
    : Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }));
  const all = [...given, ...TagList, ...(ResourceTagSet?.Tags ?? []), ...TagDescriptions.flatMap((one) => one.Tags)];
  return [...named, ...all.map(({ Key, Value }) => ({ key: Key, value: Value }))];
};
