export * from './apps.js';
export * from './journals.js';
export * from './permissions.js';
export * from './subjects.js';
