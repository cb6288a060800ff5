import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ListenersController } from './api/listeners.controller.js';
import { LoadBalancerPlacement } from './api/load-balancer-placement.js';
import { LoadBalancersController } from './api/load-balancers.controller.js';
import { RulesController } from './api/rules.controller.js';
import { TagsController } from './api/tags.controller.js';
import { TargetGroupsController } from './api/target-groups.controller.js';
import type { LoadBalancingState } from './domain/state.js';

@Module({})
export class LoadBalancerModule {
  static register(api: DomainApi<LoadBalancingState>, placement: LoadBalancerPlacement): DynamicModule {
    return {
      module: LoadBalancerModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: LoadBalancerPlacement, useValue: placement },
      ],
      controllers: [LoadBalancersController, ListenersController, RulesController, TargetGroupsController, TagsController],
    };
  }
}
