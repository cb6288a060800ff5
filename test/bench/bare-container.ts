import type Docker from 'dockerode';

/** The one container of a task that does nothing. */
export const IDLE_COMMAND = ['/bin/sleep', '600'];
export const IDLE_MEMORY_MIB = 32;

/** The baseline: milliseconds that dockerode needs to create and start the same container. */
export async function createAndStart(docker: Docker, image: string): Promise<number> {
  const beganMs = performance.now();
  const container = await docker.createContainer({
    Image: image,
    Cmd: IDLE_COMMAND,
    HostConfig: { Memory: IDLE_MEMORY_MIB * 2 ** 20, NetworkMode: 'bridge' },
  });
  await container.start();
  const tookMs = performance.now() - beganMs;
  await container.remove({ force: true });
  return tookMs;
}
