import type { Scope } from '#lib/kernel';

type Input = Readonly<Record<string, unknown>>;
type Named = readonly { readonly arn: string }[];

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).flatMap((one) => text(one) ?? []);

/**
 * What an operation of Secrets Manager is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html. A name is the ARN without the six
 * characters that only the secret's owner knows: policies that end with `-??????` or `-*` mean it, so they stand for it.
 */
export function secretResourcesOf(operation: string, input: Input, { accountId, region }: Scope): Named {
  const names = [...texts(operation === 'CreateSecret' ? input.Name : input.SecretId), ...texts(input.SecretIdList)];
  return names.map((name) => ({
    arn: name.startsWith('arn:') ? name : `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-000000`,
  }));
}

/**
 * What an operation of Parameter Store is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html: without the version or label that a
 * name may end with.
 */
export function parameterResourcesOf(operation: string, input: Input, { accountId, region }: Scope): Named {
  if (operation === 'DescribeParameters') return [];
  const names = ['Name', 'Names', 'Path', 'ResourceId'].flatMap((member) => texts(input[member]));
  return names.map((name) => {
    const [whole, arn] = /^(arn:[^:]+:[^:]*:[^:]*:[^:]*:[^:]*)/.exec(name) ?? [];
    if (whole !== undefined) return { arn: arn! };
    const path = name.replace(/:.*$/s, '').replace(/^\//, '');
    return { arn: `arn:aws:ssm:${region}:${accountId}:parameter/${path}` };
  });
}
