import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import {
  type ApiAnswer,
  type ApiOperation,
  type ApiRequest,
  type Bus,
  type Folded,
  serveOperation,
  type Subscription,
} from '#lib/messaging';
import type { Clock, Logger } from '#lib/platform';

/**
 * Nest's way to the bus: every `@ApiQuery` and `@ApiCommand` of the controllers is served on its subject. (Nest's own NATS
 * transport frames its messages and answers nothing else.)
 */
export class ApiTransport extends Server implements CustomTransportStrategy {
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly deps: { bus: Bus; app: string; folded: Folded; clock: Clock; logger: Logger },
    private readonly record: (operations: readonly ApiOperation[]) => Promise<void>,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    const operations: ApiOperation[] = [];
    for (const [pattern, handler] of this.messageHandlers) {
      const operation = JSON.parse(pattern) as ApiOperation;
      operations.push(operation);
      this.subscriptions.push(
        serveOperation(this.deps, operation, async (request: ApiRequest) => {
          const result: unknown = await handler(request);
          return (await lastValueFrom(this.transformToObservable(result))) as ApiAnswer;
        }),
      );
    }
    this.record(operations).then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
    this.subscriptions = [];
  }

  on(): never {
    throw new Error('ApiTransport has no events of its own');
  }

  unwrap<T>(): T {
    return this.deps.bus as T;
  }
}
