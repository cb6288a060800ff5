import { Controller } from '@nestjs/common';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { AccessKeyMint } from './access-key-mint.js';
import { DomainApi } from '#lib/app';
import type { EcsState, RoleSession } from '#lib/ecs/model';
import type { AssumedRole } from '#lib/ecs/accounts';

interface CreateAccessKey {
  readonly accountId?: string;
  /** Of the user that the key belongs to; without one it is the account's root. */
  readonly name?: string;
  /** Or of the role whose tasks have its rights. */
  readonly taskRole?: string;
}

const OF_TWO = {
  code: 'InvalidParameterException',
  message: 'A key is of a user (name) or of a role of tasks (taskRole).',
  status: 400,
};

const ONLY_NOW = { code: 'ValidationError', message: 'A role is assumed as it is now: ask without /as-of/….', status: 400 };

/** Who the callers are: access keys (Longshore's own service), and STS's. */
@Controller()
export class AccessKeysController {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly mint: AccessKeyMint,
  ) {}

  @ApiCommand('longshore', 'CreateAccessKey')
  async createAccessKey(request: ApiRequest<CreateAccessKey>): Promise<ApiAnswer> {
    const { accountId = request.context.accountId, name, taskRole, ...rights } = request.input;
    if (name !== undefined && taskRole !== undefined) return { rejection: OF_TWO };
    const principal = name === undefined ? taskRole && `role/${taskRole}` : `user/${name}`;
    const { secretAccessKey, ...key } = this.mint.make(request.context.requestId, accountId, principal);
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

  /** The gateway's, too: what the sessions of a task's role may do. */
  @ApiQuery('longshore', 'ResolveTaskRole')
  resolveTaskRole(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ResolveTaskRole', request);
  }

  /** The health monitor's, for a task that one of its agents speaks for; HTTP callers cannot ask it. */
  @ApiQuery('longshore', 'IssueTaskCredentials')
  async issueTaskCredentials(request: ApiRequest): Promise<ApiReply> {
    const answer = await this.api.query('TaskRoleSession', request);
    if (!('output' in answer)) return answer;
    const { requestId, accountId } = request.context;
    return { output: this.mint.session(requestId, accountId, answer.output as RoleSession) };
  }

  @ApiQuery('sts', 'AssumeRole')
  async assumeRole(request: ApiRequest): Promise<ApiReply> {
    const { requestId, asOf } = request.context;
    if (asOf !== undefined) return { rejection: ONLY_NOW };
    const answer = await this.api.query('AssumeRole', request);
    if (!('output' in answer)) return answer;
    const { accountId, roleId, session } = answer.output as AssumedRole;
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = this.mint.session(requestId, accountId, session);
    const { roleName, sessionName } = session;
    return {
      output: {
        Credentials: {
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          SessionToken: sessionToken,
          Expiration: expiresAt,
        },
        AssumedRoleUser: {
          AssumedRoleId: `${roleId}:${sessionName}`,
          Arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
        },
      },
    };
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
