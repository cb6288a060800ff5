import type { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { Scope } from '#lib/kernel';
import type { ApiAnswer, ApiRequest } from '#lib/messaging';
import type { ScalingState } from '../domain/state.js';
import type { TargetId } from '../domain/targets/model.js';
import type { FromEcs } from '../domain/targets/targets.js';
import { scaledService } from './scaled-service.js';

interface RegisterRequest {
  readonly ResourceId: string;
}

/** A target is registered for a service that is there: the fact goes with the command, because the service is in another journal. */
export class TargetRegistration {
  constructor(
    private readonly api: DomainApi<ScalingState>,
    private readonly ecs: { readonly state: EcsState },
  ) {}

  register(request: ApiRequest<RegisterRequest>): Promise<ApiAnswer> {
    const { input, context } = request;
    const scope = { accountId: context.accountId, region: context.region } as Scope;
    const target: TargetId = { ...scope, resourceId: input.ResourceId };
    const isNamed = input.ResourceId.split('/').length === 3;
    const fromEcs: FromEcs = { isScalable: isNamed && scaledService(this.ecs.state, target) !== undefined };
    return this.api.command('RegisterScalableTarget', request, { ...input, fromEcs });
  }
}
