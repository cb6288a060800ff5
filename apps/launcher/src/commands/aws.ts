import { findProgram, run, runInteractively } from '../host/command.js';
import { hasApt } from '../host/debian.js';
import { readsEndpointVariable } from './domain/aws-cli-version.js';
import { UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';
import { runningControlPlane } from '../supervise/run-state.js';
import { ensureSecrets, regionOf, type AccessKeyCredentials } from '../host/secrets.js';
import { say } from '../terminal/terminal.js';

export interface Access {
  readonly endpoint: string;
  readonly credentials: AccessKeyCredentials;
}

/** The running Longshore of this checkout, and the first account's key. */
export function access(layout: Layout): Access {
  const { endpoint } = runningControlPlane(layout);
  return { endpoint, credentials: ensureSecrets(layout) };
}

export const keyVariables = (credentials: AccessKeyCredentials, region: string): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: region,
  AWS_REGION: region,
});

/** Some operations go to `data-<host>` or `stream-<host>` (DiscoverInstances, StartLiveTail), which is no name of this machine. */
const ONE_HOST = { AWS_DISABLE_HOST_PREFIX_INJECTION: 'true' };

export const exportLines = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join('\n');

/** A CLI too old for AWS_ENDPOINT_URL gets the endpoint as an option; one that the user gives comes later and wins. */
const WRAPPED_CLI = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }';

/** `env`: lines for `eval`. A session token of another profile would spoil the signature, so it is taken away. */
export async function printEnvironment(layout: Layout): Promise<void> {
  const { endpoint, credentials } = access(layout);
  say(exportLines({ AWS_ENDPOINT_URL: endpoint, ...keyVariables(credentials, regionOf(layout)), ...ONE_HOST }));
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
  const env: NodeJS.ProcessEnv = {
    ...ONE_HOST,
    ...process.env,
    ...keyVariables(credentials, process.env.AWS_REGION ?? regionOf(layout)),
  };
  delete env.AWS_SESSION_TOKEN;
  delete env.AWS_PROFILE;
  env.AWS_PAGER ??= '';
  const chosen = args.some((argument) => argument === '--endpoint-url' || argument.startsWith('--endpoint-url='));
  return runInteractively(cli, chosen ? args : ['--endpoint-url', endpoint, ...args], env);
}
