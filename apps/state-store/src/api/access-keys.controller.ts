import { Controller } from '@nestjs/common';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
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
  async createAccessKey(request: ApiRequest<{ accountId?: string; name?: string }>): Promise<ApiAnswer> {
    const { accountId = request.context.accountId, name, ...rights } = request.input;
    const { secretAccessKey, ...key } = this.mint.make(request.context.requestId, accountId, name);
    return withSecret(await this.api.command('CreateAccessKey', request, { ...key, ...rights }), secretAccessKey);
  }

  @ApiCommand('longshore', 'RotateAccessKey')
  async rotateAccessKey(request: ApiRequest<{ accessKeyId: string }>): Promise<ApiAnswer> {
    const { requestId, accountId } = request.context;
    const { secretAccessKey, accessKeyId, sealedSecret } = this.mint.make(requestId, accountId);
    const input = { accessKeyId, sealedSecret, replaces: request.input.accessKeyId };
    return withSecret(await this.api.command('RotateAccessKey', request, input), secretAccessKey);
  }

  @ApiCommand('longshore', 'PutHostAccess')
  putHostAccess(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutHostAccess', request);
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

/** The one time that it is shown: the journal has only the sealed form. */
function withSecret(answer: ApiAnswer, secretAccessKey: string): ApiAnswer {
  if (!('output' in answer)) return answer;
  const { accessKey } = answer.output as { accessKey: object };
  return { ...answer, output: { accessKey: { ...accessKey, secretAccessKey } } };
}
