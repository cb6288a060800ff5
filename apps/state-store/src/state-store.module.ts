import { type DynamicModule, Module } from '@nestjs/common';
import { AccessKeyMint } from './api/access-key-mint.js';
import { AccessKeysController } from './api/access-keys.controller.js';
import { AccountSettingsController } from './api/account-settings.controller.js';
import { ClustersController } from './api/clusters.controller.js';
import { ContainerInstancesController } from './api/container-instances.controller.js';
import { EcsApi } from './api/ecs-api.js';
import { ServiceDefaults } from './api/service-defaults.js';
import { ServicesController } from './api/services.controller.js';
import { TagsController } from './api/tags.controller.js';
import { TaskDefinitionsController } from './api/task-definitions.controller.js';
import { TasksController } from './api/tasks.controller.js';

@Module({})
export class StateStoreModule {
  static register(api: EcsApi, mint: AccessKeyMint, services: ServiceDefaults): DynamicModule {
    return {
      module: StateStoreModule,
      providers: [
        { provide: EcsApi, useValue: api },
        { provide: AccessKeyMint, useValue: mint },
        { provide: ServiceDefaults, useValue: services },
      ],
      controllers: [
        ClustersController,
        TaskDefinitionsController,
        TasksController,
        ServicesController,
        ContainerInstancesController,
        TagsController,
        AccountSettingsController,
        AccessKeysController,
      ],
    };
  }
}
