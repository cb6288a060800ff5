import type { Scope } from '#lib/kernel';
import { parseLogGroupArn } from './arns.js';
import type { LogGroup, LogStream } from './model.js';
import { refusals } from './refusals.js';
import { groupKey, type LoggingState, streamKey } from './state.js';

export function groupNamed(state: LoggingState, scope: Scope, name: string): LogGroup {
  const group = state.groups.get(groupKey(scope, name));
  if (!group) throw refusals.groupNotFound();
  return group;
}

/** How operations name a group: by name, or by name or ARN. */
export interface NamesGroup {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
}

/** The name in a name or an ARN; ARNs of other accounts and regions name nothing that can be seen from here. */
export function nameIn(scope: Scope, identifier: string): string {
  if (!identifier.startsWith('arn:')) return identifier;
  const arn = parseLogGroupArn(identifier);
  if (!arn) throw refusals.invalid(`The specified log group ARN '${identifier}' is not valid.`);
  if (arn.accountId !== scope.accountId || arn.region !== scope.region) throw refusals.groupNotFound();
  return arn.name;
}

export function groupOf(state: LoggingState, scope: Scope, { logGroupName, logGroupIdentifier }: NamesGroup): LogGroup {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw refusals.invalid('Only one of logGroupName and logGroupIdentifier can be specified.');
  }
  const name = logGroupName ?? logGroupIdentifier;
  if (name === undefined) throw refusals.invalid('One of logGroupName and logGroupIdentifier must be specified.');
  return groupNamed(state, scope, logGroupName ?? nameIn(scope, name));
}

export function streamNamed(state: LoggingState, scope: Scope, group: string, name: string): LogStream {
  const stream = state.streams.get(streamKey(scope, group, name));
  if (!stream) throw refusals.streamNotFound();
  return stream;
}
