import { createServer } from 'node:net';
import { ENDPOINT_ADDRESS } from './domain/route.js';

/** Rejects where that cannot be done. That another agent of this host has the port is no reason: it hands on what is for this one. */
export function tryToListen(port: number, host = ENDPOINT_ADDRESS): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve() : reject(error)));
    server.listen({ host, port }, () => server.close(() => resolve()));
  });
}

/** Asked of the kernel by using it: Node lists no interface that nobody is on. */
export async function hasAddress(address = ENDPOINT_ADDRESS): Promise<boolean> {
  try {
    await tryToListen(0, address);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL') return false;
    throw error;
  }
}
