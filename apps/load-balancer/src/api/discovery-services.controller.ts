import { Controller } from '@nestjs/common';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { DiscoveryApi } from '../discovery/discovery-api.js';

/** Services of Cloud Map and their instances. */
@Controller()
export class DiscoveryServicesController {
  constructor(private readonly discovery: DiscoveryApi) {}

  @ApiCommand('servicediscovery', 'CreateService')
  createService(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('CreateService', request);
  }

  @ApiCommand('servicediscovery', 'UpdateService')
  updateService(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('UpdateService', request);
  }

  @ApiCommand('servicediscovery', 'DeleteService')
  deleteService(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.deleteService(request);
  }

  @ApiQuery('servicediscovery', 'GetService')
  getService(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.queryInstances('GetService', request);
  }

  @ApiQuery('servicediscovery', 'ListServices')
  listServices(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.queryInstances('ListServices', request);
  }

  @ApiQuery('servicediscovery', 'GetServiceAttributes')
  getServiceAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.query('GetServiceAttributes', request);
  }

  @ApiCommand('servicediscovery', 'UpdateServiceAttributes')
  updateServiceAttributes(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('UpdateServiceAttributes', request);
  }

  @ApiCommand('servicediscovery', 'DeleteServiceAttributes')
  deleteServiceAttributes(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('DeleteServiceAttributes', request);
  }

  @ApiCommand('servicediscovery', 'RegisterInstance')
  registerInstance(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.commandInstance('RegisterInstance', request);
  }

  @ApiCommand('servicediscovery', 'DeregisterInstance')
  deregisterInstance(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.commandInstance('DeregisterInstance', request);
  }

  @ApiCommand('servicediscovery', 'UpdateInstanceCustomHealthStatus')
  updateInstanceCustomHealthStatus(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.commandInstance('UpdateInstanceCustomHealthStatus', request);
  }

  @ApiQuery('servicediscovery', 'GetInstance')
  getInstance(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.queryInstances('GetInstance', request);
  }

  @ApiQuery('servicediscovery', 'ListInstances')
  listInstances(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.queryInstances('ListInstances', request);
  }

  @ApiQuery('servicediscovery', 'GetInstancesHealthStatus')
  getInstancesHealthStatus(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.queryInstances('GetInstancesHealthStatus', request);
  }

  @ApiQuery('servicediscovery', 'DiscoverInstances')
  discoverInstances(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.queryInstances('DiscoverInstances', request);
  }

  @ApiQuery('servicediscovery', 'DiscoverInstancesRevision')
  discoverInstancesRevision(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.queryInstances('DiscoverInstancesRevision', request);
  }
}
