import { formatPosition, type PublicEvents, type Scope } from '#lib/kernel';
import type { RegistryEvents } from './events.js';
import { repositoryArn } from './repositories.js';
import type { RegistryState } from './state.js';

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html */
const DETAIL_TYPE = 'ECR Image Action';

interface Occurrence extends Scope {
  readonly repository: string;
  readonly digest: string;
  readonly tag?: string;
  readonly action: 'PUSH' | 'DELETE';
}

type Told = RegistryEvents['ImagePushed' | 'ImageTagged' | 'ImageUntagged' | 'ImageDeleted'];

function occurrencesOf(type: string, data: Told): readonly Occurrence[] {
  const { accountId, region, repository, digest } = data;
  const tags = 'tags' in data ? data.tags : 'tag' in data ? [data.tag] : [];
  const of = { accountId, region, repository, digest };
  switch (type) {
    case 'ImagePushed':
    case 'ImageTagged':
      return [{ ...of, tag: tags[0], action: 'PUSH' }];
    case 'ImageUntagged':
    case 'ImageDeleted':
      return (tags.length > 0 ? tags : [undefined]).map((tag) => ({ ...of, tag, action: 'DELETE' }));
    default:
      return [];
  }
}

/** What of the `registry` journal is public. */
export const registryPublicEvents: PublicEvents<RegistryState, Occurrence> = {
  detailTypes: [DETAIL_TYPE],
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      base.evolve(state, event, context);
      note(context, occurrencesOf(event.type, event.data as Told));
    },
  }),
  ownerOf: (occurrence) => occurrence,
  subjectOf: ({ accountId, region, repository: name }) => ({
    detailType: DETAIL_TYPE,
    resource: repositoryArn({ accountId, region, name }),
  }),
  render: ({ accountId, region, repository, digest, tag, action }, { revision, index, at }) => ({
    version: '0',
    id: formatPosition('registry', { revision, index }),
    'detail-type': DETAIL_TYPE,
    source: 'aws.ecr',
    account: accountId,
    time: at,
    region,
    resources: [repositoryArn({ accountId, region, name: repository })],
    detail: {
      result: 'SUCCESS',
      'repository-name': repository,
      'image-digest': digest,
      'action-type': action,
      ...(tag === undefined ? {} : { 'image-tag': tag }),
    },
  }),
};
