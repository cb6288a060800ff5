import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { RegistryState } from '../domain/state.js';
import { Layers } from './layers.js';
import { Manifests } from './manifests.js';

@Controller()
export class ImagesController {
  constructor(
    private readonly api: DomainApi<RegistryState>,
    private readonly manifests: Manifests,
    private readonly layers: Layers,
  ) {}

  @ApiQuery('ecr', 'ListImages')
  listImages(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListImages', request);
  }

  @ApiQuery('ecr', 'DescribeImages')
  describeImages(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeImages', request);
  }

  @ApiQuery('ecr', 'DescribeImageScanFindings')
  describeImageScanFindings(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeImageScanFindings', request);
  }

  @ApiQuery('ecr', 'StartImageScan')
  startImageScan(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('StartImageScan', request);
  }

  @ApiCommand('ecr', 'BatchDeleteImage')
  batchDeleteImage(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('BatchDeleteImage', request);
  }

  @ApiCommand('ecr', 'PutImage')
  putImage(request: ApiRequest): Promise<ApiAnswer> {
    return this.manifests.put(request);
  }

  @ApiQuery('ecr', 'BatchGetImage')
  batchGetImage(request: ApiRequest): Promise<ApiReply> {
    return this.manifests.get(request);
  }

  @ApiQuery('ecr', 'BatchCheckLayerAvailability')
  batchCheckLayerAvailability(request: ApiRequest): Promise<ApiReply> {
    return this.layers.check(request);
  }

  @ApiQuery('ecr', 'GetDownloadUrlForLayer')
  getDownloadUrlForLayer(request: ApiRequest): Promise<ApiReply> {
    return this.layers.downloadUrl(request);
  }

  @ApiCommand('ecr', 'InitiateLayerUpload')
  initiateLayerUpload(request: ApiRequest): Promise<ApiReply> {
    return this.layers.initiate(request);
  }

  @ApiCommand('ecr', 'UploadLayerPart')
  uploadLayerPart(request: ApiRequest): Promise<ApiReply> {
    return this.layers.uploadPart(request);
  }

  @ApiCommand('ecr', 'CompleteLayerUpload')
  completeLayerUpload(request: ApiRequest): Promise<ApiReply> {
    return this.layers.complete(request);
  }
}
