import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ImagesController } from './api/images.controller.js';
import { Layers } from './api/layers.js';
import { Manifests } from './api/manifests.js';
import { RegistryPlace } from './api/registry-place.js';
import { RegistrySettingsController } from './api/registry-settings.controller.js';
import { RepositoriesController } from './api/repositories.controller.js';
import type { RegistryState } from './domain/state.js';

@Module({})
export class RegistryModule {
  static register(api: DomainApi<RegistryState>, place: RegistryPlace, manifests: Manifests, layers: Layers): DynamicModule {
    return {
      module: RegistryModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: RegistryPlace, useValue: place },
        { provide: Manifests, useValue: manifests },
        { provide: Layers, useValue: layers },
      ],
      controllers: [RepositoriesController, RegistrySettingsController, ImagesController],
    };
  }
}
