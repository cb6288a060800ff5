import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { ScalingState } from '../domain/state.js';

/** EventBridge: rules by the clock that run tasks of ECS. */
@Controller()
export class RulesController {
  constructor(private readonly api: DomainApi<ScalingState>) {}

  @ApiCommand('events', 'PutRule')
  putRule(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutRule', request);
  }

  @ApiQuery('events', 'DescribeRule')
  describeRule(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeRule', request);
  }

  @ApiQuery('events', 'ListRules')
  listRules(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListRules', request);
  }

  @ApiCommand('events', 'EnableRule')
  enableRule(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('EnableRule', request);
  }

  @ApiCommand('events', 'DisableRule')
  disableRule(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DisableRule', request);
  }

  @ApiCommand('events', 'DeleteRule')
  deleteRule(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteRule', request);
  }

  @ApiCommand('events', 'PutTargets')
  putTargets(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutTargets', request);
  }

  @ApiQuery('events', 'ListTargetsByRule')
  listTargetsByRule(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTargetsByRule', request);
  }

  @ApiCommand('events', 'RemoveTargets')
  removeTargets(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('RemoveTargets', request);
  }

  @ApiQuery('events', 'ListRuleNamesByTarget')
  listRuleNamesByTarget(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListRuleNamesByTarget', request);
  }

  @ApiCommand('events', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('TagRule', request);
  }

  @ApiCommand('events', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UntagRule', request);
  }

  @ApiQuery('events', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsOfRule', request);
  }

  @ApiQuery('events', 'DescribeEventBus')
  describeEventBus(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeEventBus', request);
  }

  @ApiQuery('events', 'ListEventBuses')
  listEventBuses(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListEventBuses', request);
  }

  @ApiQuery('events', 'TestEventPattern')
  testEventPattern(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('TestEventPattern', request);
  }
}
