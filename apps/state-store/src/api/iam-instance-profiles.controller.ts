import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { EcsState } from '#lib/ecs/model';
import type { ApiReply, ApiRequest } from '#lib/messaging';

/** Instance profiles: what launch templates name. */
@Controller()
export class IamInstanceProfilesController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('iam', 'CreateInstanceProfile')
  createInstanceProfile(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateInstanceProfile', request);
  }

  @ApiCommand('iam', 'DeleteInstanceProfile')
  deleteInstanceProfile(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteInstanceProfile', request);
  }

  @ApiCommand('iam', 'AddRoleToInstanceProfile')
  addRoleToInstanceProfile(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AddRoleToInstanceProfile', request);
  }

  @ApiCommand('iam', 'RemoveRoleFromInstanceProfile')
  removeRoleFromInstanceProfile(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RemoveRoleFromInstanceProfile', request);
  }

  @ApiCommand('iam', 'TagInstanceProfile')
  tagInstanceProfile(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagInstanceProfile', request);
  }

  @ApiCommand('iam', 'UntagInstanceProfile')
  untagInstanceProfile(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagInstanceProfile', request);
  }

  @ApiQuery('iam', 'GetInstanceProfile')
  getInstanceProfile(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetInstanceProfile', request);
  }

  @ApiQuery('iam', 'ListInstanceProfiles')
  listInstanceProfiles(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListInstanceProfiles', request);
  }

  @ApiQuery('iam', 'ListInstanceProfilesForRole')
  listInstanceProfilesForRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListInstanceProfilesForRole', request);
  }

  @ApiQuery('iam', 'ListInstanceProfileTags')
  listInstanceProfileTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListInstanceProfileTags', request);
  }
}
