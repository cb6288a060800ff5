import { createServer } from 'node:net';

/** Whether an endpoint that HAProxy could not have is free by now. */
export function canBind(endpoint: string): Promise<boolean> {
  const at = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port: Number(endpoint.slice(at + 1)) }, () => server.close(() => resolve(true)));
  });
}
