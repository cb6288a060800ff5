import type { CommandRequest } from '#lib/messaging';
import type { Random } from '#lib/platform';

/** A command that the app sends by itself; of nobody's account, unless it is about something that is somebody's. */
export function ownCommand(
  random: Random,
  operation: string,
  input: object,
  { accountId, region }: { readonly accountId: string; readonly region: string } = { accountId: '', region: '' },
): CommandRequest {
  const id = random.hex(16);
  return { id, requestId: id, operation, principal: 'autoscaler', accountId, region, input };
}
