export type { Constraint, ListShape, MapShape, Member, OperationModel, ServiceModel, Shape, StructureShape } from './model.js';
export { ServiceCatalog } from './service-catalog.js';
export { longshoreModel } from './longshore-model.js';
export { checkInput, type CheckedInput } from './validate.js';
export { errors } from './errors.js';
export { type Call, DEFAULT_PROTOCOL, detectCall } from './protocols/detect.js';
export type { HttpRequest, HttpResponse, Protocol } from './protocols/wire.js';
export { parseSignature, type ParsedSignature, type Signature, scopedService, UNKNOWN_TOKEN } from './signature.js';
export { SignatureVerifier } from './sigv4.js';
