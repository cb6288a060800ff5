import type { Rejection } from '#lib/kernel';
import type { ServiceModel } from '../model.js';

/** `x-amzn-query-error`: what the service's former Query protocol called the error, for clients that asked with `x-amzn-query-mode`. */
export function queryErrorHeader(model: ServiceModel | undefined, { code, status }: Rejection): string {
  return `${model?.queryError(code)?.code ?? code};${status < 500 ? 'Sender' : 'Receiver'}`;
}
