import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { GatewaysController } from './api/gateways.controller.js';
import { HostInstancesController } from './api/host-instances.controller.js';
import { LaunchTemplatesController } from './api/launch-templates.controller.js';
import { NetworkAclsController } from './api/network-acls.controller.js';
import { RouteTablesController } from './api/route-tables.controller.js';
import { SecurityGroupsController } from './api/security-groups.controller.js';
import { TagsController } from './api/tags.controller.js';
import { VpcEndpointsController } from './api/vpc-endpoints.controller.js';
import { VpcSettingsController } from './api/vpc-settings.controller.js';
import { VpcsController } from './api/vpcs.controller.js';
import { HostAddresses } from './delivery/host-addresses.js';
import type { NetworkState } from './domain/state.js';

@Module({})
export class NetworkModule {
  static register(api: DomainApi<NetworkState>, hosts: HostAddresses): DynamicModule {
    return {
      module: NetworkModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: HostAddresses, useValue: hosts },
      ],
      controllers: [
        VpcsController,
        SecurityGroupsController,
        RouteTablesController,
        GatewaysController,
        NetworkAclsController,
        VpcEndpointsController,
        VpcSettingsController,
        LaunchTemplatesController,
        HostInstancesController,
        TagsController,
      ],
    };
  }
}
