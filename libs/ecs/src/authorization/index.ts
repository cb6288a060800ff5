export { type Access, accessOf, NO_ACCESS, asksForResourceTags, checkPolicy } from './access.js';
export { type ApiCall, authorize, type TagsOfResource } from './authorize.js';
