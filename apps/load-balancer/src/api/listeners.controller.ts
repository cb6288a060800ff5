import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoadBalancingState } from '../domain/state.js';

/** Listeners, their certificates and attributes. */
@Controller()
export class ListenersController {
  constructor(private readonly api: DomainApi<LoadBalancingState>) {}

  @ApiCommand('elasticloadbalancing', 'CreateListener')
  createListener(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateListener', request);
  }

  @ApiCommand('elasticloadbalancing', 'ModifyListener')
  modifyListener(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyListener', request);
  }

  @ApiCommand('elasticloadbalancing', 'DeleteListener')
  deleteListener(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteListener', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeListeners')
  describeListeners(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeListeners', request);
  }

  @ApiCommand('elasticloadbalancing', 'AddListenerCertificates')
  addListenerCertificates(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AddListenerCertificates', request);
  }

  @ApiCommand('elasticloadbalancing', 'RemoveListenerCertificates')
  removeListenerCertificates(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RemoveListenerCertificates', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeListenerCertificates')
  describeListenerCertificates(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeListenerCertificates', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeListenerAttributes')
  describeListenerAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeListenerAttributes', request);
  }

  @ApiCommand('elasticloadbalancing', 'ModifyListenerAttributes')
  modifyListenerAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyListenerAttributes', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeSSLPolicies')
  describeSSLPolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeSSLPolicies', request);
  }
}
