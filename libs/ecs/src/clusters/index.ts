export type * from './auto-scaling-provider.js';
