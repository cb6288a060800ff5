import type { Scope } from '#lib/kernel';
import type { GivenTarget } from './model.js';
import { ruleRefusals as refusals } from './refusals.js';
import type { TargetInput } from './run-task-input.js';

/** How a target is kept. */
const KEPT = ['Id', 'Arn', 'RoleArn', 'RetryPolicy'];

const groupArn = ({ accountId, region }: Scope) =>
  new RegExp(`^arn:aws:logs:${region}:${accountId}:log-group:([.\\-_/#A-Za-z0-9]{1,512})(?::\\*)?$`);

/** The group's name; undefined: it is no log group of that account and region. */
export const logGroupOf = (scope: Scope, arn: string): string | undefined => groupArn(scope).exec(arn)?.[1];

/** Of a rule with a pattern: events go into log groups as they are. */
export function checkLogTarget(scope: Scope, input: TargetInput): GivenTarget {
  const { Id, Arn, RoleArn, RetryPolicy } = input;
  if (logGroupOf(scope, Arn) === undefined)
    throw refusals.validation(
      `Longshore tells log groups of events: the Arn of target ${Id} has to be that of one of this account and region, arn:aws:logs:${scope.region}:${scope.accountId}:log-group:NAME. Others can follow them: ./longshore events -f, GET /events, or a subscription on NATS (docs/how-to/follow-events.md).`,
    );
  const other = Object.entries(input).find(([member, value]) => value !== undefined && !KEPT.includes(member));
  if (other)
    throw refusals.validation(`Longshore does not have ${other[0]} of target ${Id}, which is a log group. Leave it out.`);
  return {
    Id,
    Arn,
    ...(RoleArn === undefined ? {} : { RoleArn }),
    ...(RetryPolicy === undefined ? {} : { RetryPolicy }),
  };
}
