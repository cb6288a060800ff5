import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { AccessKeyMint } from './access-key-mint.js';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';

/** Who the callers are: access keys (Longshore's own service), and STS's one question. */
@Controller()
export class AccessKeysController {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly mint: AccessKeyMint,
  ) {}

  @ApiCommand('longshore', 'CreateAccessKey')
  async createAccessKey(request: ApiRequest<{ accountId?: string }>): Promise<ApiReply> {
    const { requestId, accountId: callersAccount } = request.context;
    const key = this.mint.make(requestId, request.input.accountId ?? callersAccount);
    const { secretAccessKey, ...input } = key;
    const reply = await this.api.command('CreateAccessKey', request, input);
    if (!('output' in reply)) return reply;
    return { output: { accessKey: { accessKeyId: key.accessKeyId, accountId: key.accountId, secretAccessKey } } };
  }

  @ApiCommand('longshore', 'DeleteAccessKey')
  deleteAccessKey(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteAccessKey', request);
  }

  @ApiQuery('longshore', 'ListAccessKeys')
  listAccessKeys(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListAccessKeys', request);
  }

  /** The gateway's own question; HTTP callers cannot ask it. */
  @ApiQuery('longshore', 'ResolveAccessKey')
  resolveAccessKey(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ResolveAccessKey', request);
  }

  @ApiQuery('sts', 'GetCallerIdentity')
  getCallerIdentity(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetCallerIdentity', request);
  }
}
