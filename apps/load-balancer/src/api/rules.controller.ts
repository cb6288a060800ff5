import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoadBalancingState } from '../domain/state.js';

/** Rules of listeners: which requests go where. */
@Controller()
export class RulesController {
  constructor(private readonly api: DomainApi<LoadBalancingState>) {}

  @ApiCommand('elasticloadbalancing', 'CreateRule')
  createRule(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateRule', request);
  }

  @ApiCommand('elasticloadbalancing', 'ModifyRule')
  modifyRule(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyRule', request);
  }

  @ApiCommand('elasticloadbalancing', 'DeleteRule')
  deleteRule(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteRule', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeRules')
  describeRules(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeRules', request);
  }

  @ApiCommand('elasticloadbalancing', 'SetRulePriorities')
  setRulePriorities(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('SetRulePriorities', request);
  }
}
