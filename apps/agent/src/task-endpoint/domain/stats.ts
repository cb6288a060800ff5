import type { StorageEntry } from '../../metrics/domain/container-figures.js';
import type { Reading, Span } from '../../metrics/container-meter.js';
import { type InterfaceCounters, networkRates } from '../../metrics/domain/network-use.js';

/**
 * What the engine answers to `GET /containers/{id}/stats` and the ECS agent hands on, with the rates that this adds in version 4
 * (`ecs-agent/tmds/handlers/v4`). The engine is not asked: it has no figures of a container whose network it has not made.
 */
export function statsDocument(id: string, name: string, span: Span, version: 3 | 4): object {
  const { now, before } = span;
  const rates = now.network && networkRates(now.network, before.network, now.monotonicMs - before.monotonicMs);
  return {
    read: now.at,
    preread: before.at,
    pids_stats: now.processes,
    blkio_stats: storageOf(now),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: now.cpu,
    precpu_stats: before.cpu,
    memory_stats: now.memory,
    name: `/${name}`,
    id,
    networks: now.network && networksOf(now.network.interfaces),
    network_rate_stats:
      version === 4 && rates ? { rx_bytes_per_sec: rates.rxBytesPerSecond, tx_bytes_per_sec: rates.txBytesPerSecond } : undefined,
  };
}

const NOT_COUNTED: readonly StorageEntry[] = [];

const storageOf = ({ storage }: Reading): object => ({
  io_service_bytes_recursive: storage.bytes,
  io_serviced_recursive: storage.operations,
  io_queue_recursive: NOT_COUNTED,
  io_service_time_recursive: NOT_COUNTED,
  io_wait_time_recursive: NOT_COUNTED,
  io_merged_recursive: NOT_COUNTED,
  io_time_recursive: NOT_COUNTED,
  sectors_recursive: NOT_COUNTED,
});

const networksOf = (interfaces: Readonly<Record<string, InterfaceCounters>>): object =>
  Object.fromEntries(
    Object.entries(interfaces).map(([name, counters]) => [
      name,
      {
        rx_bytes: counters.rxBytes,
        rx_packets: counters.rxPackets,
        rx_errors: counters.rxErrors,
        rx_dropped: counters.rxDropped,
        tx_bytes: counters.txBytes,
        tx_packets: counters.txPackets,
        tx_errors: counters.txErrors,
        tx_dropped: counters.txDropped,
      },
    ]),
  );
