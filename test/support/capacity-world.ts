import type { CapacityProvider, Task } from '#lib/ecs/model';
import { HONOURED } from './ecs-world.js';
import { ServiceWorld } from './service-world.js';

export const groupArn = (name: string) =>
  `arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:0f2b0c1a-0000-4000-8000-000000000000:autoScalingGroupName/${name}`;

/** What the state store hears of a group from Auto Scaling. */
export const factOf = (name: string) => ({ autoScalingGroup: { name, arn: groupArn(name) } });

/** A service whose tasks are shared among hosts of Auto Scaling groups. */
export class CapacityWorld extends ServiceWorld {
  /** A host of the group; without one, of none. */
  hostOf(group: string | undefined, digit: string, request: object = {}): string {
    const attributes = [...HONOURED.map((name) => ({ name })), ...(group ? [{ name: 'auto-scaling-group', value: group }] : [])];
    return this.instance(digit.repeat(32), { attributes, ...request });
  }

  /** A capacity provider of the group of its name. */
  provider(name: string, more: object = {}): CapacityProvider {
    const autoScalingGroupProvider = { autoScalingGroupArn: groupArn(name), ...more };
    this.given('CreateCapacityProvider', { name, autoScalingGroupProvider, ...factOf(name) });
    return [...this.state.capacityProviders.values()].find((one) => one.name === name && one.status === 'ACTIVE')!;
  }

  associate(names: readonly string[], defaultCapacityProviderStrategy: readonly object[] = []): void {
    this.given('CreateCluster', {});
    const input = { cluster: 'default', capacityProviders: names, defaultCapacityProviderStrategy };
    this.given('PutClusterCapacityProviders', input);
  }

  /** What the scheduler sends for a RunTask whose plan found no place. */
  accepted(
    count: number,
    more: { memory?: number; provider?: string; token?: string; constraints?: readonly object[] } = {},
  ): readonly Task[] {
    const { memory = 1_000, provider = 'a', token = 'token', constraints = [] } = more;
    const taskDefinitionArn = this.definition([{ name: 'web', image: 'web', memory }]);
    const template = {
      group: 'family:web',
      launchType: 'EC2',
      capacityProviderStrategy: [{ capacityProvider: provider, weight: 1, base: 0 }],
      overrides: {},
      enableExecuteCommand: false,
      tags: [],
      cpu: '0',
      memory: String(memory),
    };
    const request = { requestToken: token, rememberToken: true, operation: 'RunTask', digest: 'digest', count, template };
    const input = {
      clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
      taskDefinitionArn,
      ...request,
      placementConstraints: constraints,
      placements: [],
      waiting: Array.from({ length: count }, (_, i) => i),
    };
    return this.given<{ placed: readonly Task[] }>('PlaceTasks', input, 'scheduler').placed;
  }

  refused(name: string, input: object): string {
    const outcome = this.command(name, input);
    if (!('rejection' in outcome)) throw new Error(`${name} was not refused`);
    return `${outcome.rejection.code}: ${outcome.rejection.message}`;
  }
}
