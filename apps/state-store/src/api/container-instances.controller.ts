import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';

/** Container instances and their attributes. */
@Controller()
export class ContainerInstancesController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('ecs', 'RegisterContainerInstance')
  registerContainerInstance(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RegisterContainerInstance', request);
  }

  @ApiCommand('ecs', 'DeregisterContainerInstance')
  deregisterContainerInstance(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeregisterContainerInstance', request);
  }

  @ApiCommand('ecs', 'UpdateContainerInstancesState')
  updateContainerInstancesState(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateContainerInstancesState', request);
  }

  @ApiCommand('ecs', 'UpdateContainerAgent')
  updateContainerAgent(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateContainerAgent', request);
  }

  @ApiCommand('ecs', 'PutAttributes')
  putAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutAttributes', request);
  }

  @ApiCommand('ecs', 'DeleteAttributes')
  deleteAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteAttributes', request);
  }

  @ApiQuery('ecs', 'DescribeContainerInstances')
  describeContainerInstances(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeContainerInstances', request);
  }

  @ApiQuery('ecs', 'ListContainerInstances')
  listContainerInstances(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListContainerInstances', request);
  }

  @ApiQuery('ecs', 'ListAttributes')
  listAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListAttributes', request);
  }
}
