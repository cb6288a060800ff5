import { packetFilterTable } from '#lib/names';
import { Iproute } from './iproute.js';
import { OverlayLoop, type OverlayDeps } from './overlay-loop.js';

/**
 * Undefined where this host and others cannot reach each other's tasks: nobody told where it is reached, or it has no iproute2 and VXLAN. It
 * says why, and its tasks with addresses of their own are reached on it alone.
 */
export async function openOverlay({
  instanceId,
  underlayAddress,
  ...deps
}: Pick<OverlayDeps, 'networks' | 'clock' | 'logger'> & {
  readonly instanceId: string;
  readonly underlayAddress: string | undefined;
}): Promise<OverlayLoop | undefined> {
  if (underlayAddress === undefined) return undefined;
  const owner = packetFilterTable(instanceId);
  const kernel = new Iproute(owner);
  try {
    await kernel.tryOut();
  } catch (error) {
    const problem = (error as Error).message;
    deps.logger.warn({ problem }, 'tasks in awsvpc mode are reached on this host only: there is no VXLAN, or no iproute2');
    return undefined;
  }
  return new OverlayLoop({ ...deps, owner, kernel });
}
