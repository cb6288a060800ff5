import { BASE_IMAGES, HOST_IMAGES, type HostImage } from '#lib/ecs/model';
import type { Scope } from '#lib/kernel';

const HOSTS = '/aws/service/ecs/optimized-ami/';
const BASE = '/aws/service/ami-amazon-linux-latest/';
const LOG_ROUTER = '/aws/service/aws-for-fluent-bit/';

/** Of `…/recommended`, as its JSON has it; each member can be asked for by its own name, too. */
const membersOf = ({ id, name, os }: HostImage): Readonly<Record<string, string>> => ({
  ecs_agent_version: '1.99.0',
  ecs_runtime_version: 'Docker version 25.0.8',
  image_id: id,
  image_name: name,
  image_version: name.replace(/^.*-(hvm|ami)-([\d.]+).*$/, '$2'),
  os,
  schema_version: '1',
  source_image_name: name.replace('-ecs', ''),
});

function textOf(name: string): string | undefined {
  if (name.startsWith(LOG_ROUTER)) {
    const tag = name.slice(LOG_ROUTER.length);
    return /^[\w.-]+$/.test(tag) ? `public.ecr.aws/aws-observability/aws-for-fluent-bit:${tag}` : undefined;
  }
  if (name.startsWith(BASE)) return BASE_IMAGES.find(({ parameter }) => parameter === name.slice(BASE.length))?.id;
  const [, path, member] = /^(.+)\/recommended(?:\/(\w+))?$/.exec(name.slice(HOSTS.length)) ?? [];
  const image = name.startsWith(HOSTS) ? HOST_IMAGES.find((one) => one.path === path) : undefined;
  if (!image) return undefined;
  const members = membersOf(image);
  if (member === undefined) return JSON.stringify(members);
  return Object.hasOwn(members, member) ? members[member] : undefined;
}

/** Parameters that AWS publishes for everybody: those that files for ECS read. They are in no journal, and nobody can write them. */
export function publicParameter({ region }: Pick<Scope, 'region'>, reference: string) {
  const name = reference.replace(/^arn:aws:ssm:[^:]*::parameter/, '');
  const Value = textOf(name);
  if (Value === undefined) return undefined;
  return {
    Name: name,
    Type: 'String',
    Value,
    Version: 1,
    LastModifiedDate: '2026-01-01T00:00:00.000Z',
    ARN: `arn:aws:ssm:${region}::parameter${name}`,
    DataType: name.endsWith('/image_id') || name.startsWith(BASE) ? 'aws:ec2:image' : 'text',
  };
}
export type PublicParameter = NonNullable<ReturnType<typeof publicParameter>>;
