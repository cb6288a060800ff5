export * from './evolve.js';
