import { formatPosition, type PublicEvents } from '#lib/kernel';
import type { NetworkEvents } from './events.js';
import type { NetworkResource } from './model.js';
import type { NetworkState } from './state.js';

/** AWS tells these by CloudTrail only: this is Longshore's own, in the form of ECS's. */
const DETAIL_TYPE = 'EC2 Network State Change';

/** A resource as it was right after an event, or right before it went. */
export interface Occurrence {
  readonly resource: NetworkResource;
  readonly is: 'created' | 'changed' | 'deleted';
}

const TOLD: Readonly<Record<string, Occurrence['is']>> = {
  ResourceCreated: 'created',
  ResourceChanged: 'changed',
  ResourceDeleted: 'deleted',
};

const arnOf = ({ accountId, region, kind, id }: NetworkResource) => `arn:aws:ec2:${region}:${accountId}:${kind}/${id}`;

/** What of the `network` journal is public. */
export const networkPublicEvents: PublicEvents<NetworkState, Occurrence> = {
  detailTypes: [DETAIL_TYPE],
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      const is = TOLD[event.type];
      const { id, resource } = event.data as Partial<NetworkEvents['ResourceDeleted'] & NetworkEvents['ResourceCreated']>;
      const key = resource?.id ?? id ?? '';
      const before = state.resources.get(key);
      base.evolve(state, event, context);
      const told = is && (state.resources.get(key) ?? before);
      note(context, told ? [{ resource: told, is: is! }] : []);
    },
  }),
  ownerOf: ({ resource }) => resource,
  subjectOf: ({ resource }) => ({ detailType: DETAIL_TYPE, resource: arnOf(resource) }),
  render: ({ resource, is }, { revision, index, at }) => ({
    version: '0',
    id: formatPosition('network', { revision, index }),
    'detail-type': DETAIL_TYPE,
    source: 'aws.ec2',
    account: resource.accountId,
    time: at,
    region: resource.region,
    resources: [arnOf(resource)],
    detail: { id: resource.id, kind: resource.kind, state: is },
  }),
};
