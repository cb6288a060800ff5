import { describe, expect, it } from '@jest/globals';
import {
  ClosedConnectionError,
  DrainingConnectionError,
  InvalidArgumentError,
  type NatsConnection,
  NoRespondersError,
  RequestError,
  TimeoutError,
} from '@nats-io/nats-core';
import { NatsBus } from './nats-bus.js';

describe('a request over NATS', () => {
  const outcomeOf = async (error: Error) => {
    const connection = { request: () => Promise.reject(error) } as unknown as NatsConnection;
    return (await new NatsBus(connection).request('a', new Uint8Array(), { timeoutMs: 10 })).outcome;
  };

  it.each([
    ['nobody listens', new NoRespondersError('a'), 'no-responders'],
    ['nobody listens, as the client wraps it', new RequestError('x', { cause: new NoRespondersError('a') }), 'no-responders'],
    ['nobody answers', new TimeoutError(), 'timeout'],
    ['nobody answers, as the client wraps it', new RequestError('x', { cause: new TimeoutError() }), 'timeout'],
    ['the connection is closed for good', new ClosedConnectionError(), 'failed'],
    ['the connection drains', new DrainingConnectionError(), 'failed'],
    ['there are more bytes than the broker takes', InvalidArgumentError.format('payload', 'max_payload size exceeded'), 'failed'],
  ])('when %s', async (_when, error, outcome) => {
    expect(await outcomeOf(error)).toBe(outcome);
  });
});
