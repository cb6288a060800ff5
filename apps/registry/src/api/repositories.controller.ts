import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { RegistryState } from '../domain/state.js';
import { RegistryPlace } from './registry-place.js';

@Controller()
export class RepositoriesController {
  constructor(
    private readonly api: DomainApi<RegistryState>,
    private readonly place: RegistryPlace,
  ) {}

  @ApiCommand('ecr', 'CreateRepository')
  async createRepository(request: ApiRequest): Promise<ApiAnswer> {
    return this.place.named(await this.api.command('CreateRepository', request));
  }

  @ApiCommand('ecr', 'DeleteRepository')
  async deleteRepository(request: ApiRequest): Promise<ApiAnswer> {
    return this.place.named(await this.api.command('DeleteRepository', request));
  }

  @ApiQuery('ecr', 'DescribeRepositories')
  async describeRepositories(request: ApiRequest): Promise<ApiReply> {
    return this.place.named(await this.api.query('DescribeRepositories', request));
  }

  @ApiCommand('ecr', 'PutImageTagMutability')
  putImageTagMutability(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutImageTagMutability', request);
  }

  @ApiCommand('ecr', 'PutImageScanningConfiguration')
  putImageScanningConfiguration(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutImageScanningConfiguration', request);
  }

  @ApiCommand('ecr', 'SetRepositoryPolicy')
  setRepositoryPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('SetRepositoryPolicy', request);
  }

  @ApiQuery('ecr', 'GetRepositoryPolicy')
  getRepositoryPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetRepositoryPolicy', request);
  }

  @ApiCommand('ecr', 'DeleteRepositoryPolicy')
  deleteRepositoryPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteRepositoryPolicy', request);
  }

  @ApiCommand('ecr', 'PutLifecyclePolicy')
  putLifecyclePolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutLifecyclePolicy', request);
  }

  @ApiQuery('ecr', 'GetLifecyclePolicy')
  getLifecyclePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetLifecyclePolicy', request);
  }

  @ApiCommand('ecr', 'DeleteLifecyclePolicy')
  deleteLifecyclePolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteLifecyclePolicy', request);
  }

  @ApiCommand('ecr', 'StartLifecyclePolicyPreview')
  startLifecyclePolicyPreview(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('StartLifecyclePolicyPreview', request);
  }

  @ApiQuery('ecr', 'GetLifecyclePolicyPreview')
  getLifecyclePolicyPreview(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetLifecyclePolicyPreview', request);
  }

  @ApiCommand('ecr', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('TagResource', request);
  }

  @ApiCommand('ecr', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UntagResource', request);
  }

  @ApiQuery('ecr', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsForResource', request);
  }

  @ApiQuery('ecr', 'GetAuthorizationToken')
  getAuthorizationToken(request: ApiRequest<{ readonly registryIds?: readonly string[] }>): Promise<ApiReply> {
    return Promise.resolve(this.place.authorizationToken(request));
  }
}
