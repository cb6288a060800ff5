import { BalancedWorld, webContainer } from '../../../../../test/support/balanced-world.js';
import { LoadBalancingWorld, PLACEMENT } from '../../../../../test/support/load-balancing-world.js';
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
});
