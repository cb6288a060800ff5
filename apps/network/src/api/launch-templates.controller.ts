import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** What instances would be launched with: templates, keys and images. */
@Controller()
export class LaunchTemplatesController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateLaunchTemplate')
  createLaunchTemplate(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateLaunchTemplate', request);
  }

  @ApiCommand('ec2', 'CreateLaunchTemplateVersion')
  createLaunchTemplateVersion(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateLaunchTemplateVersion', request);
  }

  @ApiCommand('ec2', 'ModifyLaunchTemplate')
  modifyLaunchTemplate(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyLaunchTemplate', request);
  }

  @ApiCommand('ec2', 'DeleteLaunchTemplate')
  deleteLaunchTemplate(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteLaunchTemplate', request);
  }

  @ApiCommand('ec2', 'DeleteLaunchTemplateVersions')
  deleteLaunchTemplateVersions(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteLaunchTemplateVersions', request);
  }

  @ApiCommand('ec2', 'ImportKeyPair')
  importKeyPair(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ImportKeyPair', request);
  }

  @ApiCommand('ec2', 'DeleteKeyPair')
  deleteKeyPair(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteKeyPair', request);
  }

  @ApiQuery('ec2', 'DescribeLaunchTemplates')
  describeLaunchTemplates(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLaunchTemplates', request);
  }

  @ApiQuery('ec2', 'DescribeLaunchTemplateVersions')
  describeLaunchTemplateVersions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeLaunchTemplateVersions', request);
  }

  @ApiQuery('ec2', 'DescribeKeyPairs')
  describeKeyPairs(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeKeyPairs', request);
  }

  @ApiQuery('ec2', 'DescribeImages')
  describeImages(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeImages', request);
  }

  @ApiQuery('ec2', 'DescribeInstanceTypes')
  describeInstanceTypes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeInstanceTypes', request);
  }
}
