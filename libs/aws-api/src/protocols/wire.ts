import type { Readable } from 'node:stream';
import type { Rejection } from '#lib/kernel';
import type { OperationModel, ServiceModel } from '../model.js';

/** An HTTP request as it came in. Header names are lower case. */
export interface HttpRequest {
  readonly method: string;
  /** The raw path and query, exactly as sent: signatures cover these bytes. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** The address that the request came from, for logs. */
  readonly peer?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Instead of a body: what is written as it comes. Destroyed when the client leaves. */
  readonly stream?: Readable;
}

/** How one call speaks: reads its input and writes its answers the way its caller reads them. */
export interface Protocol {
  readonly name: 'json' | 'query' | 'cbor' | 'ec2' | 'rest-xml' | 'rest-json';
  /** The body's members, not yet checked against the model's constraints. */
  decode(operation: OperationModel, body: Uint8Array): { readonly raw: unknown } | { readonly rejection: Rejection };
  output(model: ServiceModel, operation: OperationModel, output: unknown, requestId: string): HttpResponse;
  /** `model` is undefined when not even the service could be told. */
  error(model: ServiceModel | undefined, rejection: Rejection, requestId: string): HttpResponse;
}

export const text = new TextEncoder();
