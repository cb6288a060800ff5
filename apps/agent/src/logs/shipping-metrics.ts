import { Counter, register, type Registry } from 'prom-client';
import type { ShippingCounts } from './container-follower.js';

const HELP: Readonly<Record<keyof ShippingCounts, readonly [string, string]>> = {
  shippedLines: ['longshore_agent_log_lines_shipped_total', 'Log events of containers that the log aggregator has taken'],
  droppedLines: [
    'longshore_agent_log_lines_dropped_total',
    'Log lines of containers that were dropped: full buffers, refused lines',
  ],
  gaps: ['longshore_agent_log_gaps_total', 'Times that the engine rotated lines away before they were shipped'],
};

export function observeShipping(counts: ShippingCounts, registry: Registry = register): void {
  for (const [key, [name, help]] of Object.entries(HELP) as [keyof ShippingCounts, readonly [string, string]][]) {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(counts[key]);
      },
    });
  }
}
