import { describe, expect, it, jest } from '@jest/globals';
import type { Msg } from '@nats-io/nats-core';
import { RequestOne } from '@nats-io/nats-core/internal';
import { endAnsweredRequestsWithoutError } from './answered-requests.js';

endAnsweredRequestsWithoutError();

describe('a request of the NATS client', () => {
  const given = () => {
    const cancel = jest.fn();
    const request = new RequestOne({ cancel } as unknown as ConstructorParameters<typeof RequestOne>[0], 'a', undefined, false);
    const reject = jest.spyOn(request.deferred, 'reject');
    const cancelTimer = jest.spyOn(request.timer, 'cancel');
    return { request, cancel, reject, cancelTimer };
  };

  it('that is answered is forgotten, and makes no error', async () => {
    const { request, cancel, reject, cancelTimer } = given();
    const answer = { data: new Uint8Array() } as Msg;
    request.resolver(null, answer);
    await expect(request.deferred).resolves.toBe(answer);
    expect(cancel.mock.calls).toEqual([[request]]);
    expect(cancelTimer).toHaveBeenCalled();
    expect(reject).not.toHaveBeenCalled();
  });

  it('that fails is forgotten, and tells why', async () => {
    const { request, cancel } = given();
    const cause = new Error('no permission');
    request.resolver(cause, {} as Msg);
    await expect(request.deferred).rejects.toMatchObject({ cause });
    expect(cancel.mock.calls).toEqual([[request]]);
  });

  it('that is given up ends with an error', async () => {
    const { request } = given();
    request.cancel();
    await expect(request.deferred).rejects.toThrow('cancelled');
  });
});
