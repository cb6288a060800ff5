import type { OperationsRegistry } from '#lib/messaging';
import { DEFAULT_LIMITS } from '../../apps/gateway/src/limits.js';
import { Upstream } from '../../apps/gateway/src/upstream.js';
import { ACCOUNT, REGION } from './surroundings.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

export type Answer =
  | { readonly kind: 'output'; readonly output: unknown }
  | { readonly kind: 'rejection'; readonly code: string; readonly message: string; readonly status: number }
  /** Given up: it may have been done, or may be done yet. */
  | { readonly kind: 'unknown' };

interface Gateway {
  process: SimulatedProcess | undefined;
  upstream: Upstream;
}

const GATEWAYS = 2;
const SDK_ATTEMPTS = 3;
const UNAVAILABLE = 503;

const everyOperation: OperationsRegistry = { has: () => true };

/** An AWS SDK before two gateways: a 503 or a broken connection is tried again, with the same input and thus the same token. */
export class GatewayClient {
  private readonly gateways: Gateway[] = [];

  constructor(private readonly world: World) {
    for (let number = 1; number <= GATEWAYS; number++) this.gateways.push(this.boot(`gateway-${number}`, 1));
  }

  /** What every gateway has shown to anybody: a read has to know at least this. */
  get revisionSeen(): number {
    return Math.min(...this.gateways.map(({ upstream }) => upstream.revisions().ecs ?? 0));
  }

  async call(operation: string, input: object): Promise<Answer> {
    const { time, chaos } = this.world;
    for (let attempt = 1; attempt <= SDK_ATTEMPTS; attempt++) {
      const answer = await this.attempt(operation, input);
      if (answer.kind === 'output' || (answer.kind === 'rejection' && answer.status !== UNAVAILABLE)) return answer;
      await time.sleep(chaos.between(50, 500 * attempt));
    }
    return { kind: 'unknown' };
  }

  private attempt(operation: string, input: object): Promise<Answer> {
    const { process, upstream } = this.world.chaos.pick(this.gateways);
    if (!process) return Promise.resolve({ kind: 'unknown' });
    return new Promise((resolve) => {
      process.died.addEventListener('abort', () => resolve({ kind: 'unknown' }));
      const call = {
        service: 'ecs',
        operation,
        input,
        requestId: this.world.chaos.random.hex(16),
        principal: `arn:aws:iam::${ACCOUNT}:root`,
        accountId: ACCOUNT,
        region: REGION,
        deadlineAtMs: process.clock.monotonicMs() + DEFAULT_LIMITS.deadlineMs,
      };
      void upstream.call(call).then((answer) => {
        if ('output' in answer) resolve({ kind: 'output', output: answer.output });
        else resolve({ kind: 'rejection', ...answer.rejection });
      });
    });
  }

  private boot(name: string, start: number): Gateway {
    const { world } = this;
    const gateway: Gateway = { process: undefined, upstream: undefined as never };
    const up = (again: number) => {
      const process = world.newProcess(`${name}#${again}`, () => {
        gateway.process = undefined;
        world.time.after(world.chaos.between(100, 3_000), () => up(again + 1));
      });
      const { clock } = process;
      gateway.process = process;
      gateway.upstream = new Upstream({ bus: world.network.connect(process), clock, operations: everyOperation }, DEFAULT_LIMITS);
    };
    up(start);
    return gateway;
  }
}
