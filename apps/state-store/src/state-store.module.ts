import { type DynamicModule, Module } from '@nestjs/common';
import { AccessKeyMint } from './api/access-key-mint.js';
import { AutoScalingGroups } from './api/auto-scaling-groups.js';
import { IamInstanceProfilesController } from './api/iam-instance-profiles.controller.js';
import { IamOidcProvidersController } from './api/iam-oidc-providers.controller.js';
import { IamPoliciesController } from './api/iam-policies.controller.js';
import { IamRolesController } from './api/iam-roles.controller.js';
import { AccessKeysController } from './api/access-keys.controller.js';
import { AccountSettingsController } from './api/account-settings.controller.js';
import { ClustersController } from './api/clusters.controller.js';
import { ContainerInstancesController } from './api/container-instances.controller.js';
import { DomainApi, EventReader } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { EventsController } from './api/events.controller.js';
import { ServiceCommands } from './api/service-commands.js';
import { ServicesController } from './api/services.controller.js';
import { TagsController } from './api/tags.controller.js';
import { TaskDefinitionsController } from './api/task-definitions.controller.js';
import { TaskSetsController } from './api/task-sets.controller.js';
import { TasksController } from './api/tasks.controller.js';
import { ExplainApi } from './explain/explain-api.js';
import { ExplainController } from './explain/explain.controller.js';

@Module({})
export class StateStoreModule {
  static register(
    api: DomainApi<EcsState>,
    explain: ExplainApi,
    mint: AccessKeyMint,
    services: ServiceCommands,
    groups: AutoScalingGroups,
    events: EventReader,
  ): DynamicModule {
    return {
      module: StateStoreModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: ExplainApi, useValue: explain },
        { provide: AccessKeyMint, useValue: mint },
        { provide: ServiceCommands, useValue: services },
        { provide: AutoScalingGroups, useValue: groups },
        { provide: EventReader, useValue: events },
      ],
      controllers: [
        ClustersController,
        TaskDefinitionsController,
        TasksController,
        ServicesController,
        TaskSetsController,
        ContainerInstancesController,
        TagsController,
        AccountSettingsController,
        AccessKeysController,
        IamRolesController,
        IamPoliciesController,
        IamInstanceProfilesController,
        IamOidcProvidersController,
        EventsController,
        ExplainController,
      ],
    };
  }
}
