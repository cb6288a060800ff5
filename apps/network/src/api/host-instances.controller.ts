import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiQuery } from '#lib/app/nest';
import type { Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { HostAddresses } from '../delivery/host-addresses.js';
import type { DescribeInstancesInput } from '../domain/host-instances.js';
import type { NetworkState } from '../domain/state.js';

/** Hosts, which are ECS's container instances: this app has nothing of them itself. */
@Controller()
export class HostInstancesController {
  constructor(
    private readonly api: DomainApi<NetworkState>,
    private readonly hosts: HostAddresses,
  ) {}

  @ApiQuery('ec2', 'DescribeInstances')
  describeInstances(request: ApiRequest): Promise<ApiReply> {
    const { input, context } = request as ApiRequest<DescribeInstancesInput>;
    const hosts = context.asOf
      ? undefined
      : this.hosts.instances({ accountId: context.accountId, region: context.region } as Scope);
    return this.api.query('DescribeInstances', { ...request, input: { ...input, hosts } });
  }
}
