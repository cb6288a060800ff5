/**
 * The things of the `ecs` journal. Field names and shapes are ECS's own wherever ECS has them, so that describing a thing is
 * leaving out what is ours. Instants are ISO-8601 strings with milliseconds. All values are immutable.
 */
export type Instant = string;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface NameValue {
  readonly name: string;
  readonly value?: string;
}

export interface Attribute {
  readonly name: string;
  readonly value?: string;
  readonly targetType?: 'container-instance';
  readonly targetId?: string;
}

/** ECS: of a name and of a value [sdk Attribute]. */
export const MAX_ATTRIBUTE_LENGTH = 128;

/** What the agent says of its host and of itself, which placement trusts: a user cannot claim it. */
export const isSystemAttribute = (name: string): boolean => /^(ecs|com\.amazonaws|longshore)\./.test(name);

/** CPU units (1024 = one vCPU), MiB, and host ports. The one `fits` compares these. */
export interface Resources {
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly gpu: number;
  readonly portsTcp: readonly number[];
  readonly portsUdp: readonly number[];
}
