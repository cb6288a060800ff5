export { effectiveSetting } from './account-settings.js';
