import type { ServiceModel } from './model.js';
import { SERVICES } from './services.js';

const isForm = ({ protocols }: ServiceModel) => protocols.includes('query') || protocols.includes('ec2');

/** Finds a service by each of the names that the wire protocols have for it. */
export class ServiceCatalog {
  private readonly byTargetPrefix: ReadonlyMap<string, ServiceModel>;
  private readonly byName: ReadonlyMap<string, ServiceModel>;
  private readonly byVersion: ReadonlyMap<string, ServiceModel>;

  constructor(readonly services: readonly ServiceModel[] = SERVICES) {
    this.byTargetPrefix = new Map(services.map((model) => [model.targetPrefix, model]));
    this.byName = new Map(services.map((model) => [model.service, model]));
    this.byVersion = new Map(services.filter(isForm).map((model) => [model.version, model]));
  }

  named(service: string): ServiceModel | undefined {
    return this.byName.get(service);
  }

  /** `AmazonEC2ContainerServiceV20141113.RunTask` */
  ofTarget(target: string): { model: ServiceModel; operation: string } | undefined {
    const dot = target.lastIndexOf('.');
    const model = this.byTargetPrefix.get(target.slice(0, dot));
    return model && { model, operation: target.slice(dot + 1) };
  }

  /** A Query request names an API version; where that is not ours, the signature's scope still says which service is meant. */
  ofQuery(version: string | undefined, scopedService: string | undefined): ServiceModel | undefined {
    const byVersion = version === undefined ? undefined : this.byVersion.get(version);
    if (byVersion) return byVersion;
    const scoped = scopedService === undefined ? undefined : this.byName.get(scopedService);
    const isOfAnother = version !== undefined && scoped?.versionsOfOthers?.includes(version);
    return scoped && isForm(scoped) && !isOfAnother ? scoped : undefined;
  }
}
