import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { ScalingState } from '../domain/state.js';
import { ScalingExplainer } from '../scaling/scaling-explainer.js';
import { TargetRegistration } from '../scaling/target-registration.js';

/** Application Auto Scaling. Tags have names of their own within the domain, where CloudWatch has operations of the same names. */
@Controller()
export class ApplicationAutoscalingController {
  constructor(
    private readonly api: DomainApi<ScalingState>,
    private readonly registration: TargetRegistration,
    private readonly explainer: ScalingExplainer,
  ) {}

  @ApiCommand('application-autoscaling', 'RegisterScalableTarget')
  registerScalableTarget(request: ApiRequest<never>): Promise<ApiAnswer> {
    return this.registration.register(request);
  }

  @ApiQuery('longshore', 'ExplainScaling')
  explainScaling(request: ApiRequest<never>): ApiReply {
    return this.explainer.explain(request);
  }

  @ApiQuery('application-autoscaling', 'DescribeScalableTargets')
  describeScalableTargets(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeScalableTargets', request);
  }

  @ApiCommand('application-autoscaling', 'DeregisterScalableTarget')
  deregisterScalableTarget(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeregisterScalableTarget', request);
  }

  @ApiCommand('application-autoscaling', 'PutScalingPolicy')
  putScalingPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutScalingPolicy', request);
  }

  @ApiQuery('application-autoscaling', 'DescribeScalingPolicies')
  describeScalingPolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeScalingPolicies', request);
  }

  @ApiCommand('application-autoscaling', 'DeleteScalingPolicy')
  deleteScalingPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteScalingPolicy', request);
  }

  @ApiCommand('application-autoscaling', 'PutScheduledAction')
  putScheduledAction(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutScheduledAction', request);
  }

  @ApiQuery('application-autoscaling', 'DescribeScheduledActions')
  describeScheduledActions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeScheduledActions', request);
  }

  @ApiCommand('application-autoscaling', 'DeleteScheduledAction')
  deleteScheduledAction(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteScheduledAction', request);
  }

  @ApiQuery('application-autoscaling', 'DescribeScalingActivities')
  describeScalingActivities(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeScalingActivities', request);
  }

  @ApiCommand('application-autoscaling', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('TagScalableTarget', request);
  }

  @ApiCommand('application-autoscaling', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UntagScalableTarget', request);
  }

  @ApiQuery('application-autoscaling', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsOfScalableTarget', request);
  }
}
