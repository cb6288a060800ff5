/** A resource that an operation is about. `cluster`: ARN, where the resource is in one. */
export interface Resource {
  readonly arn: string;
  readonly cluster?: string;
}

/** A request's members, as the caller wrote them. */
export type Input = Readonly<Record<string, unknown>>;
