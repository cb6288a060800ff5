import { XMLBuilder } from 'fast-xml-parser';
import { ec2Names, parameterTree, readStructure } from './query-input.js';
import { formText, printable, xmlStructure } from './query.js';
import { type HttpResponse, type Protocol, text } from './wire.js';

/** EC2's dialect of the Query protocol: lists are `Name.1` in forms and `<nameSet><item>` in answers, and nothing wraps the result. */
export const ec2Protocol: Protocol = {
  name: 'ec2',
  decode(operation, body) {
    const tree = parameterTree(new URLSearchParams(formText(body)));
    if (!tree) return { rejection: { code: 'MalformedQueryString', message: 'The form has too many parameters.', status: 400 } };
    return { raw: readStructure(operation.input, tree, ec2Names) };
  },
  output(model, operation, output, requestId) {
    const members = xmlStructure(operation.output, output ?? {});
    return respond(200, requestId, {
      [`${operation.name}Response`]: { '@xmlns': model.xmlNamespace, requestId, ...members },
    });
  },
  error(_model, { code, message, status }, requestId) {
    const told = FRONT_DOOR[code] ?? { code, status };
    return respond(told.status, requestId, {
      Response: { Errors: { Error: { Code: told.code, Message: message } }, RequestID: requestId },
    });
  },
};

/** What EC2 calls the errors of the front door: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const FRONT_DOOR: Readonly<Record<string, { readonly code: string; readonly status: number }>> = {
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', status: 403 },
  IncompleteSignatureException: { code: 'IncompleteSignature', status: 400 },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', status: 403 },
  AccessDeniedException: { code: 'UnauthorizedOperation', status: 403 },
  UnrecognizedClientException: { code: 'AuthFailure', status: 401 },
  UnknownOperationException: { code: 'InvalidAction', status: 400 },
  UnsupportedFeatureException: { code: 'UnsupportedOperation', status: 400 },
  ThrottlingException: { code: 'RequestLimitExceeded', status: 503 },
  SerializationException: { code: 'MalformedQueryString', status: 400 },
  ServiceUnavailableException: { code: 'Unavailable', status: 503 },
  InternalFailure: { code: 'InternalError', status: 500 },
};

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: true });

function respond(status: number, requestId: string, document: object): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: text.encode(`<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(printable(document))}`),
  };
}
