export { type Access, accessOf, NO_ACCESS, asksForResourceTags, checkPolicy } from './access.js';
export { CIPHERTEXT_HEADER_BYTES, CIPHERTEXT_VERSION, keyIdOfCiphertext } from './key-resources.js';
export { type ApiCall, authorize, type TagsOfResource } from './authorize.js';
