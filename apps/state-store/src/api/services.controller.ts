import { Controller } from '@nestjs/common';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { ServiceCommands } from './service-commands.js';

/** Services as they are wanted; the scheduler makes them so. */
@Controller()
export class ServicesController {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly commands: ServiceCommands,
  ) {}

  @ApiCommand('ecs', 'CreateService')
  createService(request: ApiRequest): Promise<ApiAnswer> {
    return this.commands.send('CreateService', request);
  }

  @ApiCommand('ecs', 'UpdateService')
  updateService(request: ApiRequest): Promise<ApiAnswer> {
    return this.commands.send('UpdateService', request);
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

  @ApiQuery('ecs', 'ListServicesByNamespace')
  listServicesByNamespace(request: ApiRequest): Promise<ApiReply> {
    return this.commands.listByNamespace(request);
  }

  @ApiCommand('ecs', 'StopServiceDeployment')
  stopServiceDeployment(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('StopServiceDeployment', request);
  }

  @ApiCommand('ecs', 'ContinueServiceDeployment')
  continueServiceDeployment(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ContinueServiceDeployment', request);
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
