import { BalancedWorld, webContainer } from '../../../../../test/support/balanced-world.js';
import { LoadBalancingWorld, PLACEMENT } from '../../../../../test/support/load-balancing-world.js';
import type { Service, Task } from '#lib/ecs/model';
import { FargateWorld, SUBNET } from '../../../../../test/support/fargate-world.js';
import { dnsAnswer } from './dns-answers.js';

describe('a name of Service Connect', () => {
  it('leads to the load balancer whose listener of its port forwards to the service', () => {
    const own = new LoadBalancingWorld();
    const balancer = own.loadBalancer('web');
    const group = own.targetGroup('web', { TargetType: 'instance' });
    own.listener(balancer, group, { Port: 8080 });
    const { addresses } = own.state.loadBalancers.get(balancer)!;
    const ecs = new BalancedWorld();
    ecs.instance();
    ecs.definition([webContainer({ portMappings: [{ containerPort: 80, name: 'http' }] })]);
    const clientAliases = [
      { port: 8080, dnsName: 'Web' },
      { port: 9090, dnsName: 'elsewhere' },
      { port: 8080, dnsName: 'web.ours' },
      { port: 8080, dnsName: 'web.theirs' },
    ];
    ecs.given('CreateService', {
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 1,
      loadBalancers: [{ targetGroupArn: group, containerName: 'web', containerPort: 80 }],
      targetGroups: [{ targetGroupArn: group, targetType: 'instance', hasLoadBalancer: true }],
      serviceConnectConfiguration: { enabled: true, namespace: 'internal', services: [{ portName: 'http', clientAliases }] },
    });
    const world = { state: { ...own.state, ecs: ecs.state }, suffix: PLACEMENT.dnsSuffix, serial: 1, random: () => 0 };
    const asked = (name: string, type = 'A') => dnsAnswer(world, { name, type }, 'here');
    expect(asked('web')).toMatchObject({ is: 'found', answers: [{ type: 'A', data: addresses.containers }] });
    expect(asked('WEB', 'AAAA')).toMatchObject({ is: 'no data' });
    expect(asked('elsewhere')).toMatchObject({ is: 'no data' });
    expect(asked('nobody')).toBeUndefined();
    // What another account has there is not taken from it.
    own.ok('CreatePrivateDnsNamespace', { Name: 'ours', Vpc: 'vpc-1' });
    const scope = { accountId: '111111111111', region: 'us-east-1', principal: 'arn:aws:iam::111111111111:root' };
    own.command('CreatePrivateDnsNamespace', { Name: 'theirs', Vpc: 'vpc-1' }, undefined, undefined, scope);
    expect([asked('web.ours')!.is, asked('web.theirs')!.is]).toEqual(['found', 'no such name']);
  });

  it('leads to healthy tasks that have its port, where there is no load balancer', () => {
    const ecs = new FargateWorld();
    const definition = { networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' };
    ecs.definition([{ name: 'api', image: 'api', portMappings: [{ containerPort: 8080, name: 'http' }] }], {
      family: 'api',
      ...definition,
    });
    const services = [{ portName: 'http', clientAliases: [{ port: 8080, dnsName: 'api.shop' }] }];
    const serviceConnectConfiguration = { enabled: true, namespace: 'shop', services };
    ecs.create({ taskDefinition: 'api', serviceConnectConfiguration });
    const world = {
      state: { ...new LoadBalancingWorld().state, ecs: ecs.state },
      suffix: PLACEMENT.dnsSuffix,
      serial: 1,
      random: () => 0,
    };
    const asked = (type = 'A') =>
      dnsAnswer({ ...world, state: { ...world.state, ecs: ecs.state } }, { name: 'api.shop', type }, 'here');
    expect(asked()).toMatchObject({ is: 'no data' });
    for (let passes = 0; passes < 5; passes++) {
      ecs.settle();
      ecs.obey();
    }
    const addresses = () => (asked() as any).answers?.map(({ data }: { data: string }) => data).sort();
    const own = () => ecs.live.map((task) => task.networkInterface!.privateIpv4Address).sort();
    expect(own()).toHaveLength(2);
    expect(addresses()).toEqual(own());
    expect(asked('AAAA')).toMatchObject({ is: 'no data' });
    // The commit that asks a task to stop takes its address out of the answers.
    const [stopped] = ecs.live as unknown as [Task];
    ecs.given('StopTask', { cluster: 'apps', task: stopped.taskArn });
    expect(addresses()).toEqual(own().filter((one) => one !== stopped.networkInterface!.privateIpv4Address));
  });

  describe('in several namespaces', () => {
    const connected = (namespace: string) => ({
      enabled: true,
      namespace,
      services: [{ portName: 'http', clientAliases: [{ port: 8080, dnsName: 'backend' }] }],
    });

    it('leads each client to the service of its own', () => {
      const own = new LoadBalancingWorld();
      own.ok('CreateHttpNamespace', { Name: 'production' });
      const [production] = [...own.state.namespaces.values()];
      const shop = new Shop();
      shop.serve('staging', connected('staging'));
      shop.serve('production', connected(production!.arn));
      shop.serve('client', { enabled: true, namespace: 'production' });
      shop.serve('elsewhere', { enabled: true, namespace: 'elsewhere' });
      shop.serve('nobody');
      const state = { ...own.state, ecs: shop.state };
      const world = { state, suffix: PLACEMENT.dnsSuffix, serial: 1, random: () => 0 };
      const ask = (asker?: string) =>
        dnsAnswer({ ...world, ...(asker ? { asker } : {}) }, { name: 'backend', type: 'A' }, 'here');
      const led = (client: string, to: string) =>
        expect(ask(shop.addressOf(client))).toMatchObject({ is: 'found', answers: [{ data: shop.addressOf(to) }] });
      led('staging', 'staging');
      led('production', 'production');
      led('client', 'production');
      for (const client of ['elsewhere', 'nobody']) expect(ask(shop.addressOf(client))).toBeUndefined();
      // It cannot be seen who asks: no service is better than the wrong one.
      for (const asker of [undefined, '172.17.0.2']) expect(ask(asker)).toMatchObject({ is: 'no data' });
    });
  });
});

/** A task each of several services of one definition. */
class Shop extends FargateWorld {
  protected override serviceArn = '';

  constructor() {
    super();
    this.create({ desiredCount: 0 });
    const portMappings = [{ containerPort: 8080, name: 'http' }];
    this.definition([{ name: 'api', image: 'api', portMappings }], {
      family: 'api',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
    });
  }

  serve(serviceName: string, serviceConnectConfiguration?: object): void {
    this.serviceArn = this.arnOf(serviceName);
    this.given('CreateService', {
      cluster: 'apps',
      serviceName,
      taskDefinition: 'api',
      desiredCount: 1,
      launchType: 'FARGATE',
      healthyAfterMs: 5_000,
      networkConfiguration: { awsvpcConfiguration: { subnets: [SUBNET] } },
      ...(serviceConnectConfiguration ? { serviceConnectConfiguration } : {}),
    });
    for (let passes = 0; passes < 5; passes++) {
      this.settle();
      this.obey();
    }
  }

  addressOf(serviceName: string): string {
    const [task] = [...this.state.tasks.by('service', this.arnOf(serviceName))];
    return task!.networkInterface!.privateIpv4Address;
  }

  private arnOf(serviceName: string) {
    return `arn:aws:ecs:us-east-1:000000000000:service/apps/${serviceName}` as Service['serviceArn'];
  }
}
