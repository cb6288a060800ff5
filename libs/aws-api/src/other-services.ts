import type { Rejection } from '#lib/kernel';
import { queryProtocol, xmlAnswer } from './protocols/query.js';
import { DEFAULT_PROTOCOL } from './protocols/detect.js';
import type { Protocol } from './protocols/wire.js';

/** What to do instead, for the services that files for ECS name most. */
const INSTEAD: Readonly<Record<string, string>> = {
  codedeploy: "ECS's own blue/green, canary and linear deployments are here (deploymentConfiguration.strategy).",
  elasticfilesystem: 'Mount the file system on the hosts, and name its path in volumes[].host.sourcePath.',
  s3: 'Objects have to be elsewhere.',
};

/** A call of a service that is not here at all: who only reads that its operation does not exist looks for the fault at the wrong place. */
export const otherService = (service: string, operation: string | undefined): Rejection => ({
  code: 'UnknownOperationException',
  message: [
    `Longshore has no service '${service.slice(0, 64)}'${operation ? ` (${operation.slice(0, 100)})` : ''}; docs/api-coverage.md lists those that it has.`,
    ...(Object.hasOwn(INSTEAD, service) ? [INSTEAD[service]!] : []),
  ].join(' '),
  status: 400,
});

/** S3's errors stand alone, without Query's envelope. */
const s3Protocol: Protocol = {
  ...queryProtocol,
  error: (_model, { code, message, status }, requestId) =>
    xmlAnswer(status, requestId, { Error: { Code: code, Message: message, RequestId: requestId } }),
};

/** How clients of services that speak REST read an error. The others' protocols are told by their headers. */
const REST_XML: Readonly<Record<string, Protocol>> = { s3: s3Protocol, cloudfront: queryProtocol };

export const restProtocolOf = (service: string): Protocol =>
  Object.hasOwn(REST_XML, service) ? REST_XML[service]! : DEFAULT_PROTOCOL;
