import { askApi } from './api-client.js';
import { findProgram, run, runInteractively } from './command.js';
import { hasApt } from './debian.js';
import { readsEndpointVariable } from './domain/aws-cli-version.js';
import { UserFault } from './fault.js';
import type { Layout } from './layout.js';
import { runningControlPlane } from './run-state.js';
import { DEFAULT_REGION, ensureSecrets, writeCredentialsFile, type AccessKeyCredentials } from './secrets.js';
import { say, warn } from './terminal.js';

export interface Access {
  readonly endpoint: string;
  readonly credentials: AccessKeyCredentials;
}

/** The running Longshore of this checkout, and the first account's key. */
export function access(layout: Layout): Access {
  const { endpoint } = runningControlPlane(layout);
  return { endpoint, credentials: ensureSecrets(layout) };
}

const keyVariables = (credentials: AccessKeyCredentials, region: string): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: region,
  AWS_REGION: region,
});

const exportLines = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join('\n');

/** A CLI too old for AWS_ENDPOINT_URL gets the endpoint as an option; one that the user gives comes later and wins. */
const WRAPPED_CLI = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }';

/** `env`: lines for `eval`. A session token of another profile would spoil the signature, so it is taken away. */
export async function printEnvironment(layout: Layout): Promise<void> {
  const { endpoint, credentials } = access(layout);
  say(exportLines({ AWS_ENDPOINT_URL: endpoint, ...keyVariables(credentials, DEFAULT_REGION) }));
  say('unset AWS_SESSION_TOKEN AWS_PROFILE');
  const cli = findProgram('aws');
  if (cli && !readsEndpointVariable((await run(cli, ['--version'])).output)) say(WRAPPED_CLI);
}

/** `aws …`: the installed AWS CLI. The endpoint is an option, because CLIs before 2.13 do not know AWS_ENDPOINT_URL. */
export async function runAwsCli(layout: Layout, args: readonly string[]): Promise<number> {
  const { endpoint, credentials } = access(layout);
  const cli = findProgram('aws');
  if (!cli) {
    const how = hasApt() ? 'apt-get install awscli' : 'see docs.aws.amazon.com/cli';
    throw new UserFault(`The AWS CLI is not installed (${how}).`);
  }
  const env: NodeJS.ProcessEnv = { ...process.env, ...keyVariables(credentials, process.env.AWS_REGION ?? DEFAULT_REGION) };
  delete env.AWS_SESSION_TOKEN;
  delete env.AWS_PROFILE;
  env.AWS_PAGER ??= '';
  const chosen = args.some((argument) => argument === '--endpoint-url' || argument.startsWith('--endpoint-url='));
  return runInteractively(cli, chosen ? args : ['--endpoint-url', endpoint, ...args], env);
}

/** `credentials create`: a first key of another account, which comes into being with it. */
export async function createCredentials(layout: Layout, accountId: string): Promise<void> {
  if (!/^\d{12}$/.test(accountId)) throw new UserFault('--account takes an account id: 12 digits, for example 111122223333.');
  const at = access(layout);
  const accessKey = await createKey(at, accountId);
  // The sentence goes to standard error, so that `eval "$(./longshore credentials create …)"` works.
  warn(`An access key of account ${accessKey.accountId}. Its secret is shown only now:`);
  say(exportLines({ AWS_ENDPOINT_URL: at.endpoint, ...keyVariables(accessKey, DEFAULT_REGION) }));
}

/**
 * `credentials replace`: the first account gets another key, the launcher uses it, and then the old one is deleted. Interrupted in
 * between it leaves a key too many, never none.
 */
export async function replaceCredentials(layout: Layout): Promise<void> {
  const before = access(layout);
  const { accessKeyId, secretAccessKey, accountId } = await createKey(before, before.credentials.accountId);
  const credentials = { accessKeyId, secretAccessKey, accountId };
  writeCredentialsFile(layout, credentials);
  await longshoreCall({ ...before, credentials }, 'DeleteAccessKey', { accessKeyId: before.credentials.accessKeyId });
  say(`The first account's key is ${accessKeyId} now, and ${before.credentials.accessKeyId} is no key any more.`);
  say('Shells that have the old one take the new one with: eval "$(./longshore env)"');
}

async function createKey(at: Access, accountId: string): Promise<AccessKeyCredentials> {
  const output = await longshoreCall(at, 'CreateAccessKey', { accountId });
  return (output as { accessKey: AccessKeyCredentials }).accessKey;
}

const longshoreCall = (at: Access, operation: string, input: object) =>
  askApi({ ...at, region: DEFAULT_REGION, service: 'longshore', target: `Longshore_20261122.${operation}`, input });
