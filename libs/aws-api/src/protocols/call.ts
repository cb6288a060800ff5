import type { ServiceModel } from '../model.js';
import type { Protocol } from './wire.js';

/**
 * Which protocol, service and operation a request means, told by its headers as AWS's own front does: `smithy-protocol` is CBOR,
 * `x-amz-target` is JSON, a form is Query; REST is told by the service that signed for it. `path` and `query` are the request's without what the gateway took off.
 */
export interface Call {
  readonly protocol: Protocol;
  readonly model: ServiceModel | undefined;
  readonly operationName: string | undefined;
  /** What `protocol.decode` reads: the body, or for a signed Query GET the query string. */
  readonly form?: Uint8Array;
}
