import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { ScalingState } from '../domain/state.js';
import { GroupInstances } from '../groups/group-instances.js';

/** Auto Scaling groups, what they are made of, and their policies. Where another service has an operation of the same name, the rule has one of its own. */
@Controller()
export class AutoScalingController {
  constructor(
    private readonly api: DomainApi<ScalingState>,
    private readonly instances: GroupInstances,
  ) {}

  @ApiCommand('autoscaling', 'CreateAutoScalingGroup')
  createAutoScalingGroup(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CreateAutoScalingGroup', request);
  }

  @ApiCommand('autoscaling', 'UpdateAutoScalingGroup')
  updateAutoScalingGroup(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UpdateAutoScalingGroup', request);
  }

  @ApiQuery('autoscaling', 'DescribeAutoScalingGroups')
  describeAutoScalingGroups(request: ApiRequest): Promise<ApiReply> {
    return this.instances.describeGroups(request);
  }

  @ApiQuery('autoscaling', 'DescribeAutoScalingInstances')
  describeAutoScalingInstances(request: ApiRequest<never>): Promise<ApiReply> {
    return Promise.resolve(this.instances.describe(request));
  }

  @ApiCommand('autoscaling', 'DeleteAutoScalingGroup')
  deleteAutoScalingGroup(request: ApiRequest<never>): Promise<ApiAnswer> {
    return this.instances.deleteGroup(request);
  }

  @ApiCommand('autoscaling', 'EnableMetricsCollection')
  enableMetricsCollection(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('EnableMetricsCollection', request);
  }

  @ApiCommand('autoscaling', 'DisableMetricsCollection')
  disableMetricsCollection(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DisableMetricsCollection', request);
  }

  @ApiCommand('autoscaling', 'SetDesiredCapacity')
  setDesiredCapacity(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('SetDesiredCapacity', request);
  }

  @ApiCommand('autoscaling', 'TerminateInstanceInAutoScalingGroup')
  terminateInstance(request: ApiRequest<never>): Promise<ApiAnswer> {
    return this.instances.terminate(request);
  }

  @ApiQuery('autoscaling', 'DescribeScalingActivities')
  describeScalingActivities(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeActivitiesOfGroups', request);
  }

  @ApiCommand('autoscaling', 'CreateLaunchConfiguration')
  createLaunchConfiguration(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CreateLaunchConfiguration', request);
  }

  @ApiQuery('autoscaling', 'DescribeLaunchConfigurations')
  describeLaunchConfigurations(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLaunchConfigurations', request);
  }

  @ApiCommand('autoscaling', 'DeleteLaunchConfiguration')
  deleteLaunchConfiguration(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteLaunchConfiguration', request);
  }

  @ApiCommand('autoscaling', 'PutScalingPolicy')
  putScalingPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutPolicyOfGroup', request);
  }

  @ApiQuery('autoscaling', 'DescribePolicies')
  describePolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribePolicies', request);
  }

  @ApiCommand('autoscaling', 'DeletePolicy')
  deletePolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeletePolicy', request);
  }

  @ApiCommand('autoscaling', 'ExecutePolicy')
  executePolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('ExecutePolicy', request);
  }

  @ApiCommand('autoscaling', 'CreateOrUpdateTags')
  createOrUpdateTags(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CreateOrUpdateTags', request);
  }

  @ApiCommand('autoscaling', 'DeleteTags')
  deleteTags(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteTags', request);
  }

  @ApiQuery('autoscaling', 'DescribeTags')
  describeTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTagsOfGroups', request);
  }

  @ApiCommand('autoscaling', 'SuspendProcesses')
  suspendProcesses(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('SuspendProcesses', request);
  }

  @ApiCommand('autoscaling', 'ResumeProcesses')
  resumeProcesses(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('ResumeProcesses', request);
  }

  @ApiQuery('autoscaling', 'DescribeScalingProcessTypes')
  describeScalingProcessTypes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeScalingProcessTypes', request);
  }

  @ApiCommand('autoscaling', 'PutScheduledUpdateGroupAction')
  putScheduledUpdateGroupAction(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutScheduledUpdateGroupAction', request);
  }

  @ApiCommand('autoscaling', 'BatchPutScheduledUpdateGroupAction')
  batchPutScheduledUpdateGroupAction(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('BatchPutScheduledUpdateGroupAction', request);
  }

  @ApiCommand('autoscaling', 'DeleteScheduledAction')
  deleteScheduledAction(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteScheduledActionOfGroup', request);
  }

  @ApiCommand('autoscaling', 'BatchDeleteScheduledAction')
  batchDeleteScheduledAction(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('BatchDeleteScheduledAction', request);
  }

  @ApiQuery('autoscaling', 'DescribeScheduledActions')
  describeScheduledActions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeScheduledActionsOfGroups', request);
  }

  @ApiCommand('autoscaling', 'PutLifecycleHook')
  putLifecycleHook(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutLifecycleHook', request);
  }

  @ApiCommand('autoscaling', 'DeleteLifecycleHook')
  deleteLifecycleHook(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteLifecycleHook', request);
  }

  @ApiQuery('autoscaling', 'DescribeLifecycleHooks')
  describeLifecycleHooks(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLifecycleHooks', request);
  }

  @ApiQuery('autoscaling', 'DescribeLifecycleHookTypes')
  describeLifecycleHookTypes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLifecycleHookTypes', request);
  }

  @ApiCommand('autoscaling', 'CompleteLifecycleAction')
  completeLifecycleAction(request: ApiRequest<never>): Promise<ApiAnswer> {
    return this.instances.advance('CompleteLifecycleAction', request);
  }

  @ApiCommand('autoscaling', 'RecordLifecycleActionHeartbeat')
  recordLifecycleActionHeartbeat(request: ApiRequest<never>): Promise<ApiAnswer> {
    return this.instances.advance('RecordLifecycleActionHeartbeat', request);
  }

  @ApiCommand('autoscaling', 'AttachLoadBalancerTargetGroups')
  attachLoadBalancerTargetGroups(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('AttachLoadBalancerTargetGroups', request);
  }

  @ApiCommand('autoscaling', 'DetachLoadBalancerTargetGroups')
  detachLoadBalancerTargetGroups(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DetachLoadBalancerTargetGroups', request);
  }

  @ApiQuery('autoscaling', 'DescribeLoadBalancerTargetGroups')
  describeLoadBalancerTargetGroups(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLoadBalancerTargetGroups', request);
  }

  @ApiCommand('autoscaling', 'AttachTrafficSources')
  attachTrafficSources(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('AttachTrafficSources', request);
  }

  @ApiCommand('autoscaling', 'DetachTrafficSources')
  detachTrafficSources(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DetachTrafficSources', request);
  }

  @ApiQuery('autoscaling', 'DescribeTrafficSources')
  describeTrafficSources(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTrafficSources', request);
  }

  @ApiCommand('autoscaling', 'StartInstanceRefresh')
  startInstanceRefresh(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('StartInstanceRefresh', request);
  }

  @ApiCommand('autoscaling', 'CancelInstanceRefresh')
  cancelInstanceRefresh(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CancelInstanceRefresh', request);
  }

  @ApiQuery('autoscaling', 'DescribeInstanceRefreshes')
  describeInstanceRefreshes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeInstanceRefreshes', request);
  }
}
