export * from './log-metric.js';
export * from './traffic-window.js';
