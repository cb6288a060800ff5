import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoadBalancingState } from '../domain/state.js';
import { LoadBalancerPlacement } from './load-balancer-placement.js';

/** Load balancers, their attributes and the names of networks that they keep. */
@Controller()
export class LoadBalancersController {
  constructor(
    private readonly api: DomainApi<LoadBalancingState>,
    private readonly placement: LoadBalancerPlacement,
  ) {}

  @ApiCommand('elasticloadbalancing', 'CreateLoadBalancer')
  createLoadBalancer(request: ApiRequest): Promise<ApiReply> {
    return this.placed('CreateLoadBalancer', request);
  }

  @ApiCommand('elasticloadbalancing', 'DeleteLoadBalancer')
  deleteLoadBalancer(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteLoadBalancer', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeLoadBalancers')
  describeLoadBalancers(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLoadBalancers', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeLoadBalancerAttributes')
  describeLoadBalancerAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLoadBalancerAttributes', request);
  }

  @ApiCommand('elasticloadbalancing', 'ModifyLoadBalancerAttributes')
  modifyLoadBalancerAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyLoadBalancerAttributes', request);
  }

  @ApiCommand('elasticloadbalancing', 'SetSubnets')
  setSubnets(request: ApiRequest): Promise<ApiReply> {
    return this.placed('SetSubnets', request);
  }

  @ApiCommand('elasticloadbalancing', 'SetSecurityGroups')
  setSecurityGroups(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('SetSecurityGroups', request);
  }

  @ApiCommand('elasticloadbalancing', 'SetIpAddressType')
  setIpAddressType(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('SetIpAddressType', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeCapacityReservation')
  describeCapacityReservation(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeCapacityReservation', request);
  }

  @ApiQuery('longshore', 'ListLoadBalancers')
  listLoadBalancers(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListLoadBalancers', request);
  }

  @ApiQuery('longshore', 'ExplainBalancing')
  explainBalancing(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ExplainBalancing', request);
  }

  private async placed(name: string, request: ApiRequest): Promise<ApiReply> {
    const placed = await this.placement.addTo(request);
    return 'unavailable' in placed ? placed : this.api.command(name, request, placed.input);
  }
}
