import { type DynamicModule, Module } from '@nestjs/common';
import { HealthMonitor } from './health-monitor.js';

/** Answers nothing on `api.*`: agents speak on subjects of their own (`intake.ts`). */
@Module({})
export class HealthMonitorModule {
  static register(monitor: HealthMonitor): DynamicModule {
    return { module: HealthMonitorModule, providers: [{ provide: HealthMonitor, useValue: monitor }] };
  }
}
