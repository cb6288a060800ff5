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
