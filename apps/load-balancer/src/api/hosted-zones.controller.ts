import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { LoadBalancingState } from '../domain/state.js';
import { LoadBalancerPlacement } from './load-balancer-placement.js';

/** Route 53: zones and their records, which this app's DNS server answers from. */
@Controller()
export class HostedZonesController {
  constructor(
    private readonly api: DomainApi<LoadBalancingState>,
    private readonly placement: LoadBalancerPlacement,
  ) {}

  @ApiCommand('route53', 'CreateHostedZone')
  createHostedZone(request: ApiRequest): Promise<ApiAnswer> {
    const input = { ...(request.input as object), dnsSuffix: this.placement.dnsSuffix };
    return this.api.command('CreateHostedZone', request, input);
  }

  @ApiCommand('route53', 'DeleteHostedZone')
  deleteHostedZone(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteHostedZone', request);
  }

  @ApiCommand('route53', 'UpdateHostedZoneComment')
  updateHostedZoneComment(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UpdateHostedZoneComment', request);
  }

  @ApiCommand('route53', 'AssociateVPCWithHostedZone')
  associateVpc(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('AssociateVPCWithHostedZone', request);
  }

  @ApiCommand('route53', 'DisassociateVPCFromHostedZone')
  disassociateVpc(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DisassociateVPCFromHostedZone', request);
  }

  @ApiCommand('route53', 'ChangeResourceRecordSets')
  changeResourceRecordSets(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('ChangeResourceRecordSets', request);
  }

  @ApiCommand('route53', 'ChangeTagsForResource')
  changeTagsForResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('ChangeTagsForResource', request);
  }

  @ApiQuery('route53', 'GetHostedZone')
  getHostedZone(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetHostedZone', request);
  }

  @ApiQuery('route53', 'GetHostedZoneCount')
  getHostedZoneCount(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetHostedZoneCount', request);
  }

  @ApiQuery('route53', 'GetChange')
  getChange(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetChange', request);
  }

  @ApiQuery('route53', 'GetDNSSEC')
  getDnssec(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetDNSSEC', request);
  }

  @ApiQuery('route53', 'ListHostedZones')
  listHostedZones(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListHostedZones', request);
  }

  @ApiQuery('route53', 'ListHostedZonesByName')
  listHostedZonesByName(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListHostedZonesByName', request);
  }

  @ApiQuery('route53', 'ListResourceRecordSets')
  listResourceRecordSets(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListResourceRecordSets', request);
  }

  @ApiQuery('route53', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsOfHostedZone', request);
  }

  @ApiQuery('route53', 'ListTagsForResources')
  listTagsForResources(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsForResources', request);
  }
}
