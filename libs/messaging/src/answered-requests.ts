import type { Msg } from '@nats-io/nats-core';
import { RequestOne } from '@nats-io/nats-core/internal';

type Resolver = (this: RequestOne, error: Error | null, message: Msg) => void;

/**
 * The client cancels each request that was answered, with an error that nobody can see: its promise is fulfilled already. Taking that error's
 * stack was 2 to 4 % of all processor time where many requests are made. What is not answered ends as before.
 */
export function endAnsweredRequestsWithoutError(): void {
  const { resolver } = RequestOne.prototype as { readonly resolver: Resolver };
  RequestOne.prototype.resolver = function (this: RequestOne, error, message): void {
    if (error) return resolver.call(this, error, message);
    this.timer?.cancel();
    this.mux.cancel(this);
    this.deferred.resolve(message);
  };
}
