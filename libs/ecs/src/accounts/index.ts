export { effectiveSetting } from './account-settings.js';
export type { AssumedRole } from './assume-role.js';
