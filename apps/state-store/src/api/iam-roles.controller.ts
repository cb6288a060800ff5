import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { EcsState } from '#lib/ecs/model';
import type { ApiReply, ApiRequest } from '#lib/messaging';

/** Roles of IAM, and the policies that they have. */
@Controller()
export class IamRolesController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('iam', 'CreateRole')
  createRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateRole', request);
  }

  @ApiCommand('iam', 'CreateServiceLinkedRole')
  createServiceLinkedRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateServiceLinkedRole', request);
  }

  @ApiCommand('iam', 'DeleteServiceLinkedRole')
  deleteServiceLinkedRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteServiceLinkedRole', request);
  }

  @ApiCommand('iam', 'DeleteRole')
  deleteRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteRole', request);
  }

  @ApiCommand('iam', 'UpdateRole')
  updateRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateRole', request);
  }

  @ApiCommand('iam', 'UpdateRoleDescription')
  updateRoleDescription(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateRoleDescription', request);
  }

  @ApiCommand('iam', 'UpdateAssumeRolePolicy')
  updateAssumeRolePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateAssumeRolePolicy', request);
  }

  @ApiCommand('iam', 'TagRole')
  tagRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagRole', request);
  }

  @ApiCommand('iam', 'UntagRole')
  untagRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagRole', request);
  }

  @ApiCommand('iam', 'PutRolePolicy')
  putRolePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutRolePolicy', request);
  }

  @ApiCommand('iam', 'DeleteRolePolicy')
  deleteRolePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteRolePolicy', request);
  }

  @ApiCommand('iam', 'AttachRolePolicy')
  attachRolePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AttachRolePolicy', request);
  }

  @ApiCommand('iam', 'DetachRolePolicy')
  detachRolePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DetachRolePolicy', request);
  }

  @ApiQuery('iam', 'GetRole')
  getRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetRole', request);
  }

  @ApiQuery('iam', 'ListRoles')
  listRoles(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListRoles', request);
  }

  @ApiQuery('iam', 'ListRoleTags')
  listRoleTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListRoleTags', request);
  }

  @ApiQuery('iam', 'GetServiceLinkedRoleDeletionStatus')
  getServiceLinkedRoleDeletionStatus(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetServiceLinkedRoleDeletionStatus', request);
  }

  @ApiQuery('iam', 'GetRolePolicy')
  getRolePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetRolePolicy', request);
  }

  @ApiQuery('iam', 'ListRolePolicies')
  listRolePolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListRolePolicies', request);
  }

  @ApiQuery('iam', 'ListAttachedRolePolicies')
  listAttachedRolePolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListAttachedRolePolicies', request);
  }
}
