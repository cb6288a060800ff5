import type { Random } from '#lib/platform';
import type { CommandRequest } from './protocol.js';

/** A command that the app `principal` sends by itself; of nobody's account, unless it is about something that is somebody's. */
export const ownCommandOf =
  (principal: string) =>
  (
    random: Random,
    operation: string,
    input: object,
    { accountId, region }: { readonly accountId: string; readonly region: string } = { accountId: '', region: '' },
  ): CommandRequest => {
    const id = random.hex(16);
    return { id, requestId: id, operation, principal, accountId, region, input };
  };
