import { type DynamicModule, Module } from '@nestjs/common';
import type { Agent } from './agent.js';

/** One agent for each container instance of this process: one on a host, many when simulated. */
export const AGENTS = Symbol('agents');

@Module({})
export class AgentModule {
  static register(agents: readonly Agent[]): DynamicModule {
    return { module: AgentModule, providers: [{ provide: AGENTS, useValue: agents }] };
  }
}
