import { MessagePattern } from '@nestjs/microservices';
import type { ApiOperation } from '#lib/messaging';

const on = (operation: ApiOperation): MethodDecorator => MessagePattern(operation) as MethodDecorator;

/** A read: any replica answers from its fold, and the past can be asked too. The method takes an `ApiRequest`, returns an `ApiReply`. */
export const ApiQuery = (service: string, operation: string): MethodDecorator => on({ service, operation, kind: 'query' });

/** A change: refused on an as-of endpoint. */
export const ApiCommand = (service: string, operation: string): MethodDecorator => on({ service, operation, kind: 'command' });
