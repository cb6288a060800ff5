import { type DynamicModule, Module } from '@nestjs/common';

/** Answers nothing on `api.*` yet: agents speak on subjects of their own (`intake.ts`). */
@Module({})
export class HealthMonitorModule {
  static register(): DynamicModule {
    return { module: HealthMonitorModule };
  }
}
