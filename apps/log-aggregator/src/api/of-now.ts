import type { ApiReply, ApiRequest } from '#lib/messaging';

/** Lines are not in the journal, so there is no past of them to read; undefined where nobody asks for one. */
export const ofNow = ({ context }: ApiRequest<never>): Promise<ApiReply> | undefined =>
  context.asOf === undefined
    ? undefined
    : Promise.resolve({
        rejection: {
          code: 'InvalidParameterException',
          message: 'Lines are read as they are now: give startTime and endTime instead of a moment in the endpoint.',
          status: 400,
        },
      });
