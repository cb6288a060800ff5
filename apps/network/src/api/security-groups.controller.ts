import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Scope } from '#lib/kernel';
import { HostAddresses } from '../delivery/host-addresses.js';
import type { ExplainConnectionInput } from '../domain/explain-connection.js';
import type { NetworkState } from '../domain/state.js';

/** Security groups and their rules. */
@Controller()
export class SecurityGroupsController {
  constructor(
    private readonly api: DomainApi<NetworkState>,
    private readonly hosts: HostAddresses,
  ) {}

  @ApiCommand('ec2', 'CreateSecurityGroup')
  createSecurityGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateSecurityGroup', request);
  }

  @ApiCommand('ec2', 'DeleteSecurityGroup')
  deleteSecurityGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteSecurityGroup', request);
  }

  @ApiCommand('ec2', 'AuthorizeSecurityGroupIngress')
  authorizeSecurityGroupIngress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AuthorizeSecurityGroupIngress', request);
  }

  @ApiCommand('ec2', 'AuthorizeSecurityGroupEgress')
  authorizeSecurityGroupEgress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AuthorizeSecurityGroupEgress', request);
  }

  @ApiCommand('ec2', 'RevokeSecurityGroupIngress')
  revokeSecurityGroupIngress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RevokeSecurityGroupIngress', request);
  }

  @ApiCommand('ec2', 'RevokeSecurityGroupEgress')
  revokeSecurityGroupEgress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RevokeSecurityGroupEgress', request);
  }

  @ApiCommand('ec2', 'ModifySecurityGroupRules')
  modifySecurityGroupRules(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifySecurityGroupRules', request);
  }

  @ApiCommand('ec2', 'UpdateSecurityGroupRuleDescriptionsIngress')
  updateSecurityGroupRuleDescriptionsIngress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateSecurityGroupRuleDescriptionsIngress', request);
  }

  @ApiCommand('ec2', 'UpdateSecurityGroupRuleDescriptionsEgress')
  updateSecurityGroupRuleDescriptionsEgress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateSecurityGroupRuleDescriptionsEgress', request);
  }

  @ApiQuery('ec2', 'DescribeSecurityGroups')
  describeSecurityGroups(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeSecurityGroups', request);
  }

  @ApiQuery('ec2', 'DescribeSecurityGroupRules')
  describeSecurityGroupRules(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeSecurityGroupRules', request);
  }

  @ApiQuery('longshore', 'ExplainConnection')
  explainConnection(request: ApiRequest): Promise<ApiReply> {
    const { input, context } = request as ApiRequest<ExplainConnectionInput>;
    const { from, to, port, protocol } = input;
    const hosts = context.asOf ? undefined : this.hosts.factsOf(scopeOf(context), [from, to]);
    return this.api.query('ExplainConnection', { ...request, input: { from, to, port, protocol, hosts } });
  }
}

const scopeOf = ({ accountId, region }: ApiRequest['context']): Scope => ({ accountId, region }) as Scope;
