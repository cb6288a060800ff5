import { Counter, Gauge, register, type Registry } from 'prom-client';
import type { PacketFilterCounts, PacketFilterLoop } from './packet-filter-loop.js';

const HELP: Readonly<Record<keyof PacketFilterCounts, readonly [string, string]>> = {
  applied: [
    'longshore_agent_packet_filter_applied_total',
    'Times that the rules of security groups were put in force on this host',
  ],
  repaired: ['longshore_agent_packet_filter_repaired_total', 'Times that somebody else had changed them'],
  failed: ['longshore_agent_packet_filter_failed_total', 'Times that they could not be put in force'],
};

export function observePacketFilter(loop: Pick<PacketFilterLoop, 'counts' | 'problem'>, registry: Registry = register): void {
  for (const [key, [name, help]] of Object.entries(HELP) as [keyof PacketFilterCounts, readonly [string, string]][]) {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(loop.counts[key]);
      },
    });
  }
  new Gauge({
    name: 'longshore_agent_packet_filter_in_force',
    help: '1 while the security groups of the tasks of this host are in force, as far as the agent knows',
    registers: [registry],
    collect() {
      this.set(loop.problem === undefined ? 1 : 0);
    },
  });
}
