export * from './ask-instances.js';
export * from './commits-to-read.js';
export * from './explain-service.js';
export * from './explain-task.js';
export * from './explanation.js';
export * from './find-subject.js';
export * from './render.js';
export * from './told.js';
