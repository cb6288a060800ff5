import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { KeyUses } from './api/key-uses.js';
import { KmsController } from './api/kms.controller.js';
import { ParameterValues } from './api/parameter-values.js';
import { ParametersController } from './api/parameters.controller.js';
import { SecretValues } from './api/secret-values.js';
import { SecretsController } from './api/secrets.controller.js';
import type { SecretsState } from './domain/state.js';

@Module({})
export class SecretsModule {
  static register(
    api: DomainApi<SecretsState>,
    secrets: SecretValues,
    parameters: ParameterValues,
    keys: KeyUses,
  ): DynamicModule {
    return {
      module: SecretsModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: SecretValues, useValue: secrets },
        { provide: ParameterValues, useValue: parameters },
        { provide: KeyUses, useValue: keys },
      ],
      controllers: [SecretsController, ParametersController, KmsController],
    };
  }
}
