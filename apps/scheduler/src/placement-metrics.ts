import { Counter, type Registry } from 'prom-client';

/** Of so many container instances the id is a label; those of all others are counted together. */
const NAMED_INSTANCES = 200;

/**
 * Placements that the writer did not take, because the instance had changed since the plan: each costs another plan. By reason, and by
 * instance, because one that is stale again and again is one that several schedulers, or a wrong count, fight over.
 */
export class PlacementMetrics {
  private readonly stale: Counter<'reason' | 'container_instance'>;
  private readonly staleOfServices: Counter;
  private readonly named = new Set<string>();

  constructor(registry: Registry) {
    this.stale = new Counter({
      name: 'longshore_stale_placements_total',
      help: 'Placements of RunTask and StartTask that the writer did not take any more',
      labelNames: ['reason', 'container_instance'],
      registers: [registry],
    });
    this.staleOfServices = new Counter({
      name: 'longshore_stale_service_placements_total',
      help: 'Placements for services that the writer did not take any more',
      registers: [registry],
    });
  }

  stalePlacements(placements: readonly { readonly containerInstanceArn: string; readonly reason: string }[]): void {
    for (const { containerInstanceArn, reason } of placements)
      this.stale.inc({ reason, container_instance: this.nameOf(containerInstanceArn) });
  }

  staleServicePlacements(count: number): void {
    this.staleOfServices.inc(count);
  }

  private nameOf(arn: string): string {
    const id = arn.slice(arn.lastIndexOf('/') + 1);
    if (this.named.size < NAMED_INSTANCES) this.named.add(id);
    return this.named.has(id) ? id : 'others';
  }
}
