import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EndpointIds } from './domain/endpoint-ids.js';
import { ENDPOINT_PLACE } from './domain/route.js';
import { tryToListen } from './listening.js';
import { TasksEndpoint, type TasksEndpointDeps } from './tasks-endpoint.js';

const KEY_BYTES = 32;

/** Undefined where this agent cannot listen at the endpoint's address: then it offers no task roles, and says why. */
export async function openEndpoint(
  deps: Omit<TasksEndpointDeps, 'ids'> & { readonly stateDirectory: string },
): Promise<TasksEndpoint | undefined> {
  try {
    await deps.keepAddress();
    await tryToListen(ENDPOINT_PLACE.port);
  } catch (error) {
    deps.logger.warn(
      { problem: (error as Error).message },
      'tasks have no endpoint of their own here, and no role: it cannot be served',
    );
    return undefined;
  }
  const key = await keyIn(join(deps.stateDirectory, 'task-endpoint.key'));
  return new TasksEndpoint({ ...deps, ids: new EndpointIds(key, deps.instanceId) });
}

/** Made once: the ids that running containers have in their environment come from it. */
async function keyIn(path: string): Promise<Buffer> {
  try {
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
    if (key.length === KEY_BYTES) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(KEY_BYTES);
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(`${key.toString('hex')}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
  return key;
}
