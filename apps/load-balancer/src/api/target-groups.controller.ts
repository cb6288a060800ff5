import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { TargetRegistration } from '../registration/target-registration.js';
import type { LoadBalancingState } from '../domain/state.js';

/** Target groups and the targets that are registered with them. */
@Controller()
export class TargetGroupsController {
  constructor(
    private readonly api: DomainApi<LoadBalancingState>,
    private readonly registration: TargetRegistration,
  ) {}

  @ApiCommand('elasticloadbalancing', 'CreateTargetGroup')
  createTargetGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateTargetGroup', request);
  }

  @ApiCommand('elasticloadbalancing', 'ModifyTargetGroup')
  modifyTargetGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyTargetGroup', request);
  }

  @ApiCommand('elasticloadbalancing', 'DeleteTargetGroup')
  deleteTargetGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteTargetGroup', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeTargetGroups')
  describeTargetGroups(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTargetGroups', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeTargetGroupAttributes')
  describeTargetGroupAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTargetGroupAttributes', request);
  }

  @ApiCommand('elasticloadbalancing', 'ModifyTargetGroupAttributes')
  modifyTargetGroupAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyTargetGroupAttributes', request);
  }

  @ApiCommand('elasticloadbalancing', 'RegisterTargets')
  registerTargets(request: ApiRequest<Parameters<TargetRegistration['register']>[0]['input']>): Promise<ApiReply> {
    return this.registration.register(request);
  }

  @ApiCommand('elasticloadbalancing', 'DeregisterTargets')
  deregisterTargets(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeregisterTargets', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeTargetHealth')
  describeTargetHealth(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTargetHealth', request);
  }
}
