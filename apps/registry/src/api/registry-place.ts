import { refusable } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { type Clock, REGISTRY_LOGIN_MS, REGISTRY_USER, sealRegistryLogin } from '#lib/platform';
import { refusals } from '../domain/refusals.js';

/** Where images are pushed to and pulled from, and the passwords for it: what no rule of the domain knows. */
export class RegistryPlace {
  constructor(
    /** As images are named: `127.0.0.1:5566`. */
    readonly host: string,
    private readonly masterKey: Uint8Array,
    private readonly clock: Clock,
  ) {}

  /** Repositories with whole URIs. */
  named<A extends ApiReply>(answer: A): A {
    if (!('output' in answer)) return answer;
    const output = answer.output as { repository?: Repository; repositories?: readonly Repository[] };
    return {
      ...answer,
      output: {
        ...output,
        ...(output.repository ? { repository: this.located(output.repository) } : {}),
        ...(output.repositories ? { repositories: output.repositories.map((one) => this.located(one)) } : {}),
      },
    };
  }

  private located = (repository: Repository): Repository => ({
    ...repository,
    repositoryUri: `${this.host}/${repository.repositoryUri}`,
  });

  authorizationToken({ input, context }: ApiRequest<{ readonly registryIds?: readonly string[] }>): ApiReply {
    const { accountId, principal, accessKeyId } = context;
    const asked = refusable(() => {
      const other = input.registryIds?.find((id) => id !== accountId);
      if (other !== undefined) throw refusals.invalidAt('registryIds', `the caller's registry is ${accountId}, not ${other}`);
      if (context.asOf) throw refusals.invalid('A token is of now: ask without as-of.');
    });
    if ('rejection' in asked) return asked;
    const { password, expiresAt } = this.password({ accountId, principal, accessKeyId: accessKeyId! });
    const authorizationToken = Buffer.from(`${REGISTRY_USER}:${password}`).toString('base64');
    return { output: { authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: `http://${this.host}` }] } };
  }

  password({ accountId, ...key }: { readonly accountId: string; readonly principal: string; readonly accessKeyId: string }) {
    const expiresAt = new Date(this.clock.now() + REGISTRY_LOGIN_MS).toISOString();
    return { password: sealRegistryLogin(this.masterKey, { accountId, key, expiresAt }), expiresAt };
  }
}

interface Repository {
  readonly repositoryUri: string;
}
