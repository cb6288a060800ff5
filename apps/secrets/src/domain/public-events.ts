import { formatPosition, type PublicEvents } from '#lib/kernel';
import type { SecretsEvents } from './events.js';
import type { ParameterVersion } from './model.js';
import { parameterArn } from './parameters/lookup.js';
import { parameterVersionKey, type SecretsState } from './state.js';

const DETAIL_TYPE = 'Parameter Store Change';

/** A reference to the version as it was right after the event. */
export interface Occurrence {
  readonly version: ParameterVersion;
  readonly operation: 'Create' | 'Update';
}

/**
 * What of the `secrets` journal is public: what EventBridge hears of Parameter Store (Secrets Manager tells it nothing by itself).
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
 */
export const secretsPublicEvents: PublicEvents<SecretsState, Occurrence> = {
  detailTypes: [DETAIL_TYPE],
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      base.evolve(state, event, context);
      if (event.type !== 'ParameterVersionCreated') return note(context, []);
      const { parameter, version: number, ...scope } = event.data as SecretsEvents['ParameterVersionCreated'];
      const version = state.parameterVersions.get(parameterVersionKey(scope, parameter, number))!;
      note(context, [{ version, operation: number === 1 ? 'Create' : 'Update' }]);
    },
  }),
  ownerOf: ({ version }) => version,
  subjectOf: ({ version }) => ({ detailType: DETAIL_TYPE, resource: parameterArn(version, version.parameter) }),
  render: ({ version, operation }, { revision, index, at }) => ({
    version: '0',
    id: formatPosition('secrets', { revision, index }),
    'detail-type': DETAIL_TYPE,
    source: 'aws.ssm',
    account: version.accountId,
    time: at,
    region: version.region,
    resources: [parameterArn(version, version.parameter)],
    detail: {
      name: version.parameter,
      type: version.type,
      operation,
      ...(version.description ? { description: version.description } : {}),
    },
  }),
};
