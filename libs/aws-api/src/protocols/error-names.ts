import type { Rejection } from '#lib/kernel';
import type { ServiceModel } from '../model.js';

/** `x-amzn-query-error`: what the service's former Query protocol called the error, for clients that asked with `x-amzn-query-mode`. */
export function queryErrorHeader(model: ServiceModel | undefined, { code, status }: Rejection): string {
  return `${model?.queryError(code)?.code ?? code};${status < 500 ? 'Sender' : 'Receiver'}`;
}

/** What AWS's front door says of errors that are in no service's model. */
const COMMON = 'com.amazon.coral.service';

/** An error's absolute shape id, which JSON 1.0 and CBOR name it by (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html), and the status that it has in Query, too. */
export function errorShape(model: ServiceModel | undefined, { code, status }: Rejection): { id: string; status: number } {
  return { id: model?.errorId(code) ?? `${COMMON}#${code}`, status: model?.queryError(code)?.status ?? status };
}
