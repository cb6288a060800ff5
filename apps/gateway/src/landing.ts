import type { HttpRequest, HttpResponse } from '#lib/aws-api';

/** `host`: as the caller wrote it, so that the command is one that works where it is read. Nothing but host characters is echoed. */
const welcome = (host: string | undefined) => ({
  service: 'Longshore',
  message: 'Amazon ECS for your own hosts. Point an AWS client here: its endpoint URL is this address.',
  try: `aws ecs list-clusters --endpoint-url http://${host && /^[\w.:[\]-]+$/.test(host) ? host : '127.0.0.1:4566'}`,
});

/** What people and load balancers ask without a signature. Undefined for everything that may be an API call. */
export function landing({ method, target, headers: asked }: HttpRequest, requestId: string): HttpResponse | undefined {
  // A signed GET is a call of a service that is not here (S3's ListBuckets): a client takes a 200 that it cannot read for a failure to try again.
  if (asked.authorization !== undefined) return undefined;
  const headers = { 'x-amzn-requestid': requestId };
  if (method === 'OPTIONS')
    return { status: 204, headers: { ...headers, allow: 'GET, HEAD, OPTIONS, POST' }, body: new Uint8Array() };
  if (target !== '/' || (method !== 'GET' && method !== 'HEAD')) return undefined;
  const body = new TextEncoder().encode(`${JSON.stringify(welcome(asked.host), undefined, 2)}\n`);
  return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body };
}
