import { matchesWildcards } from '#lib/access';
import { sameContent, type Scope, scopeKey } from '#lib/kernel';
import { event } from './events.js';
import type { RegistrySettings, Repository, ScanningRule, ScanningSettings } from './model.js';
import { refusals } from './refusals.js';
import { checkIsPolicy, repositoryArn } from './repositories.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { type RegistryState, repositoryKey } from './state.js';

/** What ECR has before anybody says something else. */
const UNSCANNED: ScanningSettings = { scanType: 'BASIC', rules: [] };
/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html */
const ACCOUNT_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  BASIC_SCAN_TYPE_VERSION: ['AWS_NATIVE', 'CLAIR'],
  REGISTRY_POLICY_SCOPE: ['V2', 'V1'],
  BLOB_MOUNTING: ['DISABLED', 'ENABLED'],
};

const settingsOf = ({ registries }: RegistryState, scope: Scope): Partial<RegistrySettings> =>
  registries.get(scopeKey(scope)) ?? {};

const putRegistryPolicy: CommandRule<{ readonly policyText: string }> = {
  actors: ITSELF,
  decide(_state, { policyText }, { accountId, region }) {
    checkIsPolicy(policyText, 'Invalid registry policy provided');
    return [event('RegistryPolicyChanged', { accountId, region, policyText })];
  },
  reply: (_state, { policyText }, _events, { accountId }) => ({ registryId: accountId, policyText }),
};

const deleteRegistryPolicy: CommandRule<object> = {
  actors: ITSELF,
  decide(state, _input, { accountId, region }) {
    const { policyText } = settingsOf(state, { accountId, region });
    if (policyText === undefined) throw refusals.noRegistryPolicy(accountId);
    return [event('RegistryPolicyChanged', { accountId, region, policyText: null, was: policyText })];
  },
  reply: (_state, _input, [deleted], { accountId }) => ({
    registryId: accountId,
    policyText: (deleted?.data as { was?: string } | undefined)?.was,
  }),
};

const getRegistryPolicy: QueryRule<object> = (state, _input, scope) => {
  const { policyText } = settingsOf(state, scope);
  if (policyText === undefined) throw refusals.noRegistryPolicy(scope.accountId);
  return { registryId: scope.accountId, policyText };
};

/** A command that puts one of the settings in whose reply it says what it was given. */
const putting = <I>(
  settingOf: (input: I, now: Partial<RegistrySettings>) => Omit<RegistrySettings, keyof Scope>,
): CommandRule<I> => ({
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const now = settingsOf(state, { accountId, region });
    const change = settingOf(input, now);
    if (sameContent({ ...now, ...change }, now)) return [];
    return [event('RegistryChanged', { accountId, region, ...change })];
  },
  reply: (_state, input) => input as object,
});

interface Replication {
  readonly replicationConfiguration: { readonly rules: readonly object[] };
}

const putReplication = putting<Replication>(({ replicationConfiguration }) => ({
  replicationRules: replicationConfiguration.rules,
}));

const describeRegistry: QueryRule<object> = (state, _input, scope) => ({
  registryId: scope.accountId,
  replicationConfiguration: { rules: settingsOf(state, scope).replicationRules ?? [] },
});

const FREQUENCIES: Readonly<Record<string, readonly string[]>> = {
  BASIC: ['SCAN_ON_PUSH', 'MANUAL'],
  ENHANCED: ['SCAN_ON_PUSH', 'CONTINUOUS_SCAN', 'MANUAL'],
};

const putScanning: CommandRule<Partial<ScanningSettings>> = {
  ...putting<Partial<ScanningSettings>>((input, { scanning = UNSCANNED }) => {
    const wanted = { scanType: input.scanType ?? scanning.scanType, rules: input.rules ?? scanning.rules };
    const unknown = wanted.rules.find(({ scanFrequency }) => !FREQUENCIES[wanted.scanType]?.includes(scanFrequency));
    if (unknown)
      throw refusals.invalidAt('rules', `${unknown.scanFrequency} is no scan frequency of the scan type ${wanted.scanType}`);
    return { scanning: wanted };
  }),
  reply: (state, _input, _events, scope) => ({ registryScanningConfiguration: settingsOf(state, scope).scanning ?? UNSCANNED }),
};

const getScanning: QueryRule<object> = (state, _input, scope) => ({
  registryId: scope.accountId,
  scanningConfiguration: settingsOf(state, scope).scanning ?? UNSCANNED,
});

/** The rule that scans most often counts, as on ECR; without one, what the repository says itself. */
function scanningOf(repository: Repository, { rules }: ScanningSettings) {
  const applied = rules.flatMap(({ scanFrequency, repositoryFilters }: ScanningRule) =>
    repositoryFilters
      .filter(({ filter }) => matchesWildcards(filter, repository.name))
      .map((filter) => ({ scanFrequency, filter })),
  );
  const frequencies = [...applied.map(({ scanFrequency }) => scanFrequency), repository.scanOnPush ? 'SCAN_ON_PUSH' : 'MANUAL'];
  const scanFrequency = ['CONTINUOUS_SCAN', 'SCAN_ON_PUSH', 'MANUAL'].find((one) => frequencies.includes(one));
  return {
    repositoryArn: repositoryArn(repository),
    repositoryName: repository.name,
    scanOnPush: scanFrequency !== 'MANUAL',
    scanFrequency,
    appliedScanFilters: applied.filter((one) => one.scanFrequency === scanFrequency).map(({ filter }) => filter),
  };
}

const getRepositoriesScanning: QueryRule<{ readonly repositoryNames: readonly string[] }> = (
  state,
  { repositoryNames },
  scope,
) => {
  const { scanning = UNSCANNED } = settingsOf(state, scope);
  const found = repositoryNames.map((name) => ({ name, repository: state.repositories.get(repositoryKey(scope, name)) }));
  return {
    scanningConfigurations: found.flatMap(({ repository }) => (repository ? [scanningOf(repository, scanning)] : [])),
    failures: found
      .filter(({ repository }) => !repository)
      .map(({ name: repositoryName }) => ({
        repositoryName,
        failureCode: 'REPOSITORY_NOT_FOUND',
        failureReason: refusals.noRepository(repositoryName, scope.accountId).message,
      })),
  };
};

interface AccountSetting {
  readonly name: string;
  readonly value: string;
}

const valuesOf = (name: string): readonly string[] => {
  const values = ACCOUNT_SETTINGS[name];
  if (!values) throw refusals.invalidAt('name', `must be one of ${Object.keys(ACCOUNT_SETTINGS).join(', ')}`);
  return values;
};

const putAccountSetting = putting<AccountSetting>(({ name, value }, { accountSettings }) => {
  const values = valuesOf(name);
  if (!values.includes(value)) throw refusals.invalidAt('value', `must be one of ${values.join(', ')}`);
  return { accountSettings: { ...accountSettings, [name]: value } };
});

const getAccountSetting: QueryRule<Pick<AccountSetting, 'name'>> = (state, { name }, scope) => ({
  name,
  value: settingsOf(state, scope).accountSettings?.[name] ?? valuesOf(name)[0],
});

export const settingsCommands: CommandRules = {
  PutRegistryPolicy: putRegistryPolicy,
  DeleteRegistryPolicy: deleteRegistryPolicy,
  PutReplicationConfiguration: putReplication,
  PutRegistryScanningConfiguration: putScanning,
  PutAccountSetting: putAccountSetting,
};

export const settingsQueries: QueryRules = {
  DescribeRegistry: describeRegistry,
  GetRegistryPolicy: getRegistryPolicy,
  GetRegistryScanningConfiguration: getScanning,
  BatchGetRepositoryScanningConfiguration: getRepositoriesScanning,
  GetAccountSetting: getAccountSetting,
};
