import { Controller } from '@nestjs/common';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { AutoScalingGroups } from './auto-scaling-groups.js';

/** Clusters, as ECS names and keeps them. */
@Controller()
export class ClustersController {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly groups: AutoScalingGroups,
  ) {}

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

  @ApiCommand('ecs', 'CreateCapacityProvider')
  createCapacityProvider(request: ApiRequest<never>): Promise<ApiAnswer> {
    return this.groups.createProvider(request);
  }

  @ApiCommand('ecs', 'UpdateCapacityProvider')
  updateCapacityProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateCapacityProvider', request);
  }

  @ApiCommand('ecs', 'DeleteCapacityProvider')
  deleteCapacityProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteCapacityProvider', request);
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
