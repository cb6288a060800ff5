import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { SecretsState } from '../domain/state.js';
import { ParameterValues } from './parameter-values.js';

/** Parameter Store: all of Systems Manager that is here. */
@Controller()
export class ParametersController {
  constructor(
    private readonly api: DomainApi<SecretsState>,
    private readonly values: ParameterValues,
  ) {}

  @ApiCommand('ssm', 'PutParameter')
  putParameter(request: ApiRequest): Promise<ApiAnswer> {
    return this.values.put(request);
  }

  @ApiQuery('ssm', 'GetParameter')
  getParameter(request: ApiRequest): Promise<ApiReply> {
    return this.values.get(request);
  }

  @ApiQuery('ssm', 'GetParameters')
  getParameters(request: ApiRequest): Promise<ApiReply> {
    return this.values.getMany('GetParameters', request);
  }

  @ApiQuery('ssm', 'GetParametersByPath')
  getParametersByPath(request: ApiRequest): Promise<ApiReply> {
    return this.values.getMany('GetParametersByPath', request);
  }

  @ApiQuery('ssm', 'GetParameterHistory')
  getParameterHistory(request: ApiRequest): Promise<ApiReply> {
    return this.values.getMany('GetParameterHistory', request);
  }

  @ApiQuery('ssm', 'DescribeParameters')
  describeParameters(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeParameters', request);
  }

  @ApiCommand('ssm', 'DeleteParameter')
  deleteParameter(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteParameter', request);
  }

  @ApiCommand('ssm', 'DeleteParameters')
  deleteParameters(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteParameters', request);
  }

  @ApiCommand('ssm', 'LabelParameterVersion')
  labelParameterVersion(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('LabelParameterVersion', request);
  }

  @ApiCommand('ssm', 'UnlabelParameterVersion')
  unlabelParameterVersion(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UnlabelParameterVersion', request);
  }

  @ApiCommand('ssm', 'AddTagsToResource')
  addTagsToResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('AddTagsToResource', request);
  }

  @ApiCommand('ssm', 'RemoveTagsFromResource')
  removeTagsFromResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('RemoveTagsFromResource', request);
  }

  @ApiQuery('ssm', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsForResource', request);
  }
}
