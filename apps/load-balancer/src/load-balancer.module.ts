import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi, EventReader } from '#lib/app';
import { CertificatesController } from './api/certificates.controller.js';
import { DiscoveryServicesController } from './api/discovery-services.controller.js';
import { EventsController } from './api/events.controller.js';
import { HostedZonesController } from './api/hosted-zones.controller.js';
import { ListenersController } from './api/listeners.controller.js';
import { LoadBalancerPlacement } from './api/load-balancer-placement.js';
import { LoadBalancersController } from './api/load-balancers.controller.js';
import { NamespacesController } from './api/namespaces.controller.js';
import { RulesController } from './api/rules.controller.js';
import { TagsController } from './api/tags.controller.js';
import { TargetGroupsController } from './api/target-groups.controller.js';
import { ImportedCertificates } from './certificates/imported-certificates.js';
import { TargetRegistration } from './registration/target-registration.js';
import { DiscoveryApi } from './discovery/discovery-api.js';
import type { LoadBalancingState } from './domain/state.js';

@Module({})
export class LoadBalancerModule {
  static register(
    api: DomainApi<LoadBalancingState>,
    placement: LoadBalancerPlacement,
    discovery: DiscoveryApi,
    certificates: ImportedCertificates,
    registration: TargetRegistration,
    events: EventReader,
  ): DynamicModule {
    return {
      module: LoadBalancerModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: LoadBalancerPlacement, useValue: placement },
        { provide: DiscoveryApi, useValue: discovery },
        { provide: EventReader, useValue: events },
        { provide: TargetRegistration, useValue: registration },
        { provide: ImportedCertificates, useValue: certificates },
      ],
      controllers: [
        LoadBalancersController,
        ListenersController,
        RulesController,
        TargetGroupsController,
        TagsController,
        NamespacesController,
        DiscoveryServicesController,
        CertificatesController,
        HostedZonesController,
        EventsController,
      ],
    };
  }
}
