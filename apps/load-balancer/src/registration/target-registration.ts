import type { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { Fold } from '#lib/journal';
import { type AccountId, type Region, refusable } from '#lib/kernel';
import type { ApiAnswer, ApiRequest } from '#lib/messaging';
import type { LoadBalancingState } from '../domain/state.js';
import { withAddresses } from './instance-targets.js';

/** Targets that users register themselves. */
export class TargetRegistration {
  constructor(
    private readonly api: DomainApi<LoadBalancingState>,
    private readonly own: Pick<Fold<LoadBalancingState>, 'state'>,
    private readonly ecs: Pick<Fold<EcsState>, 'state'>,
  ) {}

  register(request: ApiRequest<Parameters<typeof withAddresses>[3]>): Promise<ApiAnswer> {
    const { accountId, region } = request.context;
    const scope = { accountId: accountId as AccountId, region: region as Region };
    const given = refusable(() => withAddresses(this.ecs.state, this.own.state, scope, request.input));
    return 'ok' in given ? this.api.command('RegisterTargets', request, given.ok) : Promise.resolve(given);
  }
}
