import { formatPosition, type PublicEvents } from '#lib/kernel';
import { logGroupArn } from './arns.js';
import type { LoggingEvents } from './events.js';
import type { LogGroup } from './model.js';
import { groupKey, type LoggingState } from './state.js';

/** AWS tells EventBridge none: this is Longshore's own, in the form of ECS's. */
const DETAIL_TYPE = 'CloudWatch Logs Log Group State Change';

/** A reference to the group as it was right after an event. */
export interface Occurrence {
  readonly group: LogGroup;
  readonly is: 'created' | 'changed';
}

const TOLD: Readonly<Record<string, Occurrence['is']>> = { LogGroupCreated: 'created', LogGroupRetentionSet: 'changed' };

/** What of the `logging` journal is public. */
export const loggingPublicEvents: PublicEvents<LoggingState, Occurrence> = {
  detailTypes: [DETAIL_TYPE],
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      base.evolve(state, event, context);
      const is = TOLD[event.type];
      const data = event.data as LoggingEvents['LogGroupCreated'];
      const group = is && state.groups.get(groupKey(data, data.name));
      note(context, group ? [{ group, is: is! }] : []);
    },
  }),
  ownerOf: ({ group }) => group,
  subjectOf: ({ group }) => ({ detailType: DETAIL_TYPE, resource: logGroupArn(group, group.name) }),
  render: ({ group, is }, { revision, index, at }) => ({
    version: '0',
    id: formatPosition('logging', { revision, index }),
    'detail-type': DETAIL_TYPE,
    source: 'aws.logs',
    account: group.accountId,
    time: at,
    region: group.region,
    resources: [logGroupArn(group, group.name)],
    detail: { logGroupName: group.name, logGroupClass: group.logGroupClass, retentionInDays: group.retentionInDays, state: is },
  }),
};
