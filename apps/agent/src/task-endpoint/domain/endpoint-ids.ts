import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The secret parts of a task's URLs: whoever has one is in that task's container. They depend on the task and on a key of this agent's
 * disk only, so a restarted agent knows the ones that running containers have in their environment. `<instance><task>-<proof>`: the
 * beginning says whom to ask, the proof (128 bits) cannot be guessed.
 */
export interface EndpointId {
  /** Of 8 hex digits: agents that share a host tell each other's apart by it. */
  readonly instance: string;
  readonly taskId: string;
}

const INSTANCE_DIGITS = 8;
const SHAPE = /^([0-9a-f]{8})([0-9a-f]{8,64})-([0-9a-f]{32})$/;

export const instanceMark = (instanceId: string): string => instanceId.slice(0, INSTANCE_DIGITS);
export const taskIdOf = (taskArn: string): string => taskArn.split('/').at(-1)!;

export const parseEndpointId = (id: string): EndpointId | undefined => {
  const [, instance, taskId] = SHAPE.exec(id) ?? [];
  return instance !== undefined && taskId !== undefined ? { instance, taskId } : undefined;
};

export class EndpointIds {
  constructor(
    private readonly key: Uint8Array,
    private readonly instanceId: string,
  ) {}

  ofContainer(taskArn: string, container: string): string {
    return this.make(taskArn, `container ${container}`);
  }

  ofCredentials(taskArn: string): string {
    return this.make(taskArn, 'credentials');
  }

  private make(taskArn: string, what: string): string {
    const proof = createHmac('sha256', this.key)
      .update(JSON.stringify([taskArn, what]))
      .digest('hex')
      .slice(0, 32);
    return `${instanceMark(this.instanceId)}${taskIdOf(taskArn)}-${proof}`;
  }
}

/** Without telling by the time it takes how much of it was right. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
