import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { EcsState } from '#lib/ecs/model';
import type { ApiReply, ApiRequest } from '#lib/messaging';

/** An account's own managed policies. */
@Controller()
export class IamPoliciesController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('iam', 'CreatePolicy')
  createPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreatePolicy', request);
  }

  @ApiCommand('iam', 'DeletePolicy')
  deletePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeletePolicy', request);
  }

  @ApiCommand('iam', 'CreatePolicyVersion')
  createPolicyVersion(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreatePolicyVersion', request);
  }

  @ApiCommand('iam', 'DeletePolicyVersion')
  deletePolicyVersion(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeletePolicyVersion', request);
  }

  @ApiCommand('iam', 'SetDefaultPolicyVersion')
  setDefaultPolicyVersion(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('SetDefaultPolicyVersion', request);
  }

  @ApiCommand('iam', 'TagPolicy')
  tagPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagPolicy', request);
  }

  @ApiCommand('iam', 'UntagPolicy')
  untagPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagPolicy', request);
  }

  @ApiQuery('iam', 'GetPolicy')
  getPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetPolicy', request);
  }

  @ApiQuery('iam', 'GetPolicyVersion')
  getPolicyVersion(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetPolicyVersion', request);
  }

  @ApiQuery('iam', 'ListPolicies')
  listPolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListPolicies', request);
  }

  @ApiQuery('iam', 'ListPolicyVersions')
  listPolicyVersions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListPolicyVersions', request);
  }

  @ApiQuery('iam', 'ListPolicyTags')
  listPolicyTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListPolicyTags', request);
  }

  @ApiQuery('iam', 'ListEntitiesForPolicy')
  listEntitiesForPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListEntitiesForPolicy', request);
  }
}
