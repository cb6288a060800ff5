import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';

/** Clusters, as ECS names and keeps them. */
@Controller()
export class ClustersController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('ecs', 'CreateCluster')
  createCluster(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateCluster', request);
  }

  @ApiCommand('ecs', 'UpdateCluster')
  updateCluster(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateCluster', request);
  }

  @ApiCommand('ecs', 'UpdateClusterSettings')
  updateClusterSettings(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateClusterSettings', request);
  }

  @ApiCommand('ecs', 'PutClusterCapacityProviders')
  putClusterCapacityProviders(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutClusterCapacityProviders', request);
  }

  @ApiQuery('ecs', 'DescribeCapacityProviders')
  describeCapacityProviders(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeCapacityProviders', request);
  }

  @ApiCommand('ecs', 'DeleteCluster')
  deleteCluster(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteCluster', request);
  }

  @ApiQuery('ecs', 'DescribeClusters')
  describeClusters(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeClusters', request);
  }

  @ApiQuery('ecs', 'ListClusters')
  listClusters(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListClusters', request);
  }
}
