import { isFree, type PortClaims } from '../host/ports.js';
import type { ProcessSpec } from './domain/process-diff.js';
import { withHealthPort } from './domain/process-specs.js';
import type { ProcessRecord } from './run-state.js';

const FIRST_HEALTH_PORT = 4600;

/** Where the processes of this host answer about their health: a port stays with its process, also over a killed supervisor. */
export class HealthPorts {
  private readonly ports = new Map<string, number>();

  constructor(private readonly claims: PortClaims) {}

  /** Before `reserve`: the ports of processes that run already. */
  async keep(records: readonly ProcessRecord[]): Promise<void> {
    for (const { name, healthPort } of records)
      if (healthPort !== undefined && (await this.claims.claim(healthPort))) this.ports.set(name, healthPort);
  }

  /** Scraping configurations rely on the ports, so one is kept unless it is taken. */
  async reserve(names: readonly string[]): Promise<void> {
    for (const name of names) if (!this.ports.has(name)) this.ports.set(name, await this.claims.firstFree(FIRST_HEALTH_PORT));
  }

  readonly of = (name: string): number => {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`no health port was reserved for ${name}`);
    return port;
  };

  /** The same process with a health port that nobody else has taken while it was down. */
  readonly revise = async (spec: ProcessSpec): Promise<ProcessSpec> => {
    if (spec.healthPort === undefined || (await isFree(spec.healthPort))) return spec;
    const healthPort = await this.claims.firstFree(FIRST_HEALTH_PORT);
    this.claims.release(spec.healthPort);
    this.ports.set(spec.name, healthPort);
    return withHealthPort(spec, healthPort);
  };
}
