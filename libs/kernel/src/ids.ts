import { hash } from 'node:crypto';

/** Branded strings: an ARN of one kind is never passed for another. */
export type Brand<T, B extends string> = T & { readonly __brand: B };
export type AccountId = Brand<string, 'AccountId'>;
export type Region = Brand<string, 'Region'>;
/** `us-east-1`, `us-gov-west-1`, `us-iso-east-1`; whatever else is given would be a new, empty region of its own. */
const REGION = /^(?=.{1,32}$)[a-z]{2,}(-[a-z]+)+-\d{1,2}$/;
export const isRegion = (name: string): boolean => REGION.test(name);

/** (account, region) scope everything: nothing of another scope can be seen or named. */
export interface Scope {
  readonly accountId: AccountId;
  readonly region: Region;
}

export const scopeKey = (scope: Scope): string => `${scope.accountId}/${scope.region}`;

export interface ParsedArn extends Scope {
  readonly partition: string;
  readonly service: string;
  /** `cluster`, `task`, `task-definition`, `container-instance`, `service`, … */
  readonly resourceType: string;
  /** What follows the resource type: `web`, `web/0123…`. */
  readonly resourceId: string;
}

/** `arn:partition:service:region:account:type/id`, or undefined when `text` has not that shape. */
export function parseArn(text: string): ParsedArn | undefined {
  const parts = text.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  const [, partition, service, region, accountId] = parts as [string, string, string, string, string];
  const resource = parts.slice(5).join(':');
  const slash = resource.indexOf('/');
  if (!partition || !service || !region || !accountId || slash <= 0 || slash === resource.length - 1) return undefined;
  return {
    partition,
    service,
    region: region as Region,
    accountId: accountId as AccountId,
    resourceType: resource.slice(0, slash),
    resourceId: resource.slice(slash + 1),
  };
}

/** What stands after the last slash: a task's or an instance's id, a cluster's name. */
export const lastSegment = (text: string): string => text.slice(text.lastIndexOf('/') + 1);

/** 32 hex digits that depend on nothing but `parts`: an id that a retry makes again. */
export function hashId(...parts: readonly (string | number)[]): string {
  return hash('sha256', parts.join('\u0000')).slice(0, 32);
}

/** 19 decimal digits, as at the end of ECS's deployment and revision ids. */
export const digitsFor = (...parts: readonly (string | number)[]): string =>
  String(1_000_000_000_000_000_000n + (BigInt(`0x${hashId(...parts)}`) % 9_000_000_000_000_000_000n));
