export { type Access, accessOf, asksForResourceTags, checkPolicy } from './access.js';
export { type ApiCall, authorize, type TagsOfResource } from './authorize.js';
