import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { ServiceDefaults } from './service-defaults.js';

/** Services as they are wanted; the scheduler makes them so. */
@Controller()
export class ServicesController {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly defaults: ServiceDefaults,
  ) {}

  @ApiCommand('ecs', 'CreateService')
  createService(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateService', request, this.defaults.addTo(request.input));
  }

  @ApiCommand('ecs', 'UpdateService')
  updateService(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateService', request, this.defaults.addTo(request.input));
  }

  @ApiCommand('ecs', 'DeleteService')
  deleteService(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteService', request);
  }

  @ApiQuery('ecs', 'DescribeServices')
  describeServices(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeServices', request);
  }

  @ApiQuery('ecs', 'ListServices')
  listServices(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListServices', request);
  }

  @ApiCommand('ecs', 'StopServiceDeployment')
  stopServiceDeployment(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('StopServiceDeployment', request);
  }

  @ApiQuery('ecs', 'ListServiceDeployments')
  listServiceDeployments(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListServiceDeployments', request);
  }

  @ApiQuery('ecs', 'DescribeServiceDeployments')
  describeServiceDeployments(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeServiceDeployments', request);
  }

  @ApiQuery('ecs', 'DescribeServiceRevisions')
  describeServiceRevisions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeServiceRevisions', request);
  }
}
