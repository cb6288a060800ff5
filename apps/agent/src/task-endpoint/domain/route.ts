/** What of a task is asked for, by which of its ids. */
export type Route =
  | { readonly what: 'container' | 'task' | 'taskWithTags' | 'stats' | 'taskStats'; readonly version: 3 | 4; readonly id: string }
  | { readonly what: 'credentials'; readonly id: string }
  | { readonly what: 'protection'; readonly id: string };

const METADATA = {
  '': 'container',
  '/task': 'task',
  '/taskWithTags': 'taskWithTags',
  '/stats': 'stats',
  '/task/stats': 'taskStats',
} as const;

/** Paths as AWS has them (developer guide, task-metadata-endpoint-v3, -v4, task-scale-in-protection-endpoint). */
export function routeOf(target: string): Route | undefined {
  const path = target.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const [, version, id, rest = ''] = /^\/v([34])\/([^/]+)(\/.+)?$/.exec(path) ?? [];
  if (version !== undefined && id !== undefined && Object.hasOwn(METADATA, rest)) {
    return { what: METADATA[rest as keyof typeof METADATA], version: version === '3' ? 3 : 4, id };
  }
  const [, ofCredentials] = /^\/v2\/credentials\/([^/]+)$/.exec(path) ?? [];
  if (ofCredentials !== undefined) return { what: 'credentials', id: ofCredentials };
  const [, ofProtection] = /^\/api\/([^/]+)\/task-protection\/v1\/state$/.exec(path) ?? [];
  return ofProtection === undefined ? undefined : { what: 'protection', id: ofProtection };
}

export const ENDPOINT_ADDRESS = '169.254.170.2';
/** Where tasks ask; the engine's host sends it on to the place below. */
export const ENDPOINT_PORT = 80;
/**
 * Where the agent listens, as the ECS agent does: a listener at port 80 of one address would keep every task of the host's own network from
 * port 80 of all of them.
 */
export const ENDPOINT_PLACE = { host: ENDPOINT_ADDRESS, port: 51_679 } as const;
const ENDPOINT_URL = `http://${ENDPOINT_ADDRESS}`;

/** What each container finds in its environment. `credentialsId`: of a task with a role. */
export function endpointEnvironment(containerId: string, credentialsId: string | undefined): Readonly<Record<string, string>> {
  return {
    ECS_CONTAINER_METADATA_URI: `${ENDPOINT_URL}/v3/${containerId}`,
    ECS_CONTAINER_METADATA_URI_V4: `${ENDPOINT_URL}/v4/${containerId}`,
    ECS_AGENT_URI: `${ENDPOINT_URL}/api/${containerId}`,
    ...(credentialsId === undefined ? {} : { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${credentialsId}` }),
  };
}

/** Who has these has keys of its own, which may be of anywhere: it is not sent here. */
const OWN_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'];

/**
 * What AWS SDKs and the CLI look for, where a container says nothing of it itself: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
 * The region and `AWS_EXECUTION_ENV` as ECS sets them; the endpoint because this API is not where they would look. `apiPort`: where tasks reach it.
 */
export function sdkEnvironment(
  { taskArn, requiresCompatibilities = [] }: { readonly taskArn: string; readonly requiresCompatibilities?: readonly string[] },
  apiPort: number | undefined,
  own: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const region = taskArn.split(':')[3]!;
  const isFargate = requiresCompatibilities.includes('FARGATE') && !requiresCompatibilities.includes('EC2');
  const isSentHere = apiPort !== undefined && !OWN_KEYS.some((name) => own.has(name));
  const all = {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: isFargate ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
    ...(isSentHere ? { AWS_ENDPOINT_URL: `${ENDPOINT_URL}:${apiPort}` } : {}),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !own.has(name)));
}
