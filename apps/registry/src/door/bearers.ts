import { timingSafeEqual } from 'node:crypto';
import { type Access, accessOf, authorize, NO_ACCESS } from '#lib/ecs/authorization';
import { type AccountsState, ecs } from '#lib/ecs';
import type { AccountId, QueryRule, Region, Rejection, Scope } from '#lib/kernel';
import { type Clock, openRegistryLogin, REGISTRY_USER, unsealSecret } from '#lib/platform';
import { repositoryOf } from '../domain/lookup.js';
import { repositoryArn } from '../domain/repositories.js';
import { type RegistryState, repositoryKey } from '../domain/state.js';

/** Who sent a request to the registry. */
export interface Bearer {
  readonly accountId: string;
  readonly principal: string;
  /** Absent: an agent, which pulls. */
  readonly accessKeyId?: string;
}

export type Known = { readonly bearer: Bearer } | { readonly why: 'unknown' | 'expired' };

const AGENT = 'agent';
const AGENTS_NEED: readonly string[] = ['BatchGetImage', 'GetDownloadUrlForLayer', 'BatchCheckLayerAvailability'];

/** Who a client is, and what it may: passwords of GetAuthorizationToken, and access keys with their secrets. */
export class Bearers {
  constructor(
    private readonly deps: {
      readonly masterKey: Uint8Array;
      readonly accounts: AccountsState;
      readonly state: RegistryState;
      readonly clock: Clock;
    },
  ) {}

  /** Of `authorization: Basic …`. */
  of(header: string | undefined): Known {
    const [, encoded] = /^Basic\s+(\S+)$/i.exec(header ?? '') ?? [];
    if (encoded === undefined) return { why: 'unknown' };
    const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
    return user === REGISTRY_USER ? this.ofPassword(password) : this.ofKey(user, password);
  }

  ofPassword(password: string): Known {
    const { masterKey, clock } = this.deps;
    const login = openRegistryLogin(masterKey, password);
    if (!login) return { why: 'unknown' };
    if (clock.now() >= Date.parse(login.expiresAt)) return { why: 'expired' };
    return { bearer: { accountId: login.accountId, principal: AGENT, ...login.key } };
  }

  private ofKey(accessKeyId: string, secret: string): Known {
    const { masterKey, accounts } = this.deps;
    const key = accounts.accessKeys.get(accessKeyId);
    const known = key && unsealSecret(masterKey, accessKeyId, key.sealedSecret);
    if (!key || known === undefined || !isEqual(known, secret)) return { why: 'unknown' };
    return { bearer: { accountId: key.accountId, principal: key.principalArn, accessKeyId } };
  }

  /** Undefined: it may. As it is now: a key that was deleted takes its passwords along. */
  async refusal(bearer: Bearer, scope: Scope, operation: string, repository?: string): Promise<Rejection | undefined> {
    const input = repository === undefined ? {} : { repositoryName: repository };
    const arn = repositoryArn({ ...scope, name: repository ?? '*' });
    const denied: Rejection = {
      code: 'AccessDeniedException',
      message: `User: ${bearer.principal} is not authorized to perform: ecr:${operation} on resource: ${arn}`,
      status: 403,
    };
    // What a repository's policy gives other accounts is kept and told, and not given.
    if (bearer.accountId !== scope.accountId) return denied;
    if (bearer.accessKeyId === undefined) return AGENTS_NEED.includes(operation) ? undefined : denied;
    const call = { ...scope, service: 'ecr', operation, input, principalArn: bearer.principal };
    return authorize(this.accessOf(bearer), call, () => Promise.resolve(this.tagsOf(scope, repository)));
  }

  private accessOf({ accountId, principal, accessKeyId }: Bearer): Access {
    const { accounts, clock } = this.deps;
    const at = new Date(clock.now()).toISOString();
    const [, roleName] = /:assumed-role\/([^/]+)\//.exec(principal) ?? [];
    if (roleName !== undefined) {
      const resolve = ecs.queries.ResolveTaskRole as QueryRule<AccountsState, object>;
      const caller = { accountId: accountId as AccountId, region: '' as Region, principal, at };
      const { rights } = resolve(accounts, { accountId, roleName }, caller) as { rights?: Parameters<typeof accessOf>[0] };
      return rights ? accessOf(rights) : NO_ACCESS;
    }
    const key = accounts.accessKeys.get(accessKeyId!);
    const counts = key?.status === 'Active' && (key.expiresAt === undefined || at < key.expiresAt);
    return counts ? accessOf(key) : NO_ACCESS;
  }

  private tagsOf(scope: Scope, repository: string | undefined) {
    if (repository === undefined || !this.deps.state.repositories.has(repositoryKey(scope, repository))) return [];
    const { tags } = repositoryOf(this.deps.state, scope, { repositoryName: repository });
    return Object.entries(tags).map(([key, value]) => ({ key, value }));
  }
}

const isEqual = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};
