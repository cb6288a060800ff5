import { capabilities } from '#lib/ecs/placement';
import type { Task } from '#lib/ecs/model';
import { HONOURED } from './ecs-world.js';
import { ServiceWorld } from './service-world.js';

export const SUBNET = 'subnet-00000000000000001';

/** A service of Fargate in the cluster `apps`, which has no instance; hosts are in `default`. */
export class FargateWorld extends ServiceWorld {
  protected override readonly serviceArn: string = 'arn:aws:ecs:us-east-1:000000000000:service/apps/web';

  override create(more: object = {}, hosts = 2): void {
    const attributes = [...HONOURED, capabilities.taskEni.name, capabilities.taskLimits.name].map((name) => ({ name }));
    for (let n = 1; n <= hosts; n++) this.instance(String(n).repeat(32), { attributes });
    this.given('CreateCluster', { clusterName: 'apps', capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
    this.definition([{ name: 'web', image: 'web', portMappings: [{ containerPort: 80 }] }], {
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
    });
    this.given('CreateService', {
      cluster: 'apps',
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 2,
      launchType: 'FARGATE',
      healthyAfterMs: 5_000,
      networkConfiguration: { awsvpcConfiguration: { subnets: [SUBNET] } },
      ...more,
    });
  }

  /** What the network gives a task. */
  attach({ taskArn }: Task): void {
    const n = Number.parseInt(taskArn.slice(-4), 16);
    const networkInterface = {
      networkInterfaceId: `eni-${taskArn.slice(-17)}`,
      subnetId: SUBNET,
      macAddress: '02:42:ac:1f:00:04',
      privateIpv4Address: `172.31.${n >> 8}.${n & 255}`,
      privateDnsName: 'ip-172-31-0-4.ec2.internal',
    };
    this.given('RecordNetworkInterface', { taskArn, networkInterface }, 'network');
  }

  override obey(): void {
    for (const task of this.tasks) if (task.lastStatus === 'PROVISIONING') this.attach(task);
    super.obey();
  }
}
