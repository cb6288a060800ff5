import type { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { ApiRequest } from '#lib/messaging';
import { ServiceCommands } from './service-commands.js';
import type { Registries } from './registries.js';
import type { TargetGroups } from './target-groups.js';

const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/50dc6c495c0c9188';
const REGISTRY = 'arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1';
const REGISTRIES = [{ registryArn: REGISTRY, recordTypes: ['SRV'] }];
const NAMESPACE = 'arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1';
const FACTS = [{ targetGroupArn: GROUP, targetType: 'instance', hasLoadBalancer: true }];

function given(answer: object) {
  const asked: unknown[] = [];
  const sent: unknown[] = [];
  const api = {
    query: (name: string, { input }: ApiRequest) => {
      if (name !== 'DescribeClusters') sent.push([name, input]);
      return Promise.resolve({ output: { clusters: [{ serviceConnectDefaults: { namespace: NAMESPACE } }] } });
    },
    command: (name: string, _request: unknown, input: unknown) => {
      sent.push([name, input]);
      return Promise.resolve({ output: {} });
    },
  };
  const owner = {
    namespaceFactsOf: (arn: unknown) => {
      asked.push(arn);
      return Promise.resolve(answer);
    },
    factsOf: (arns: unknown) => {
      asked.push(arns);
      return Promise.resolve(answer);
    },
  };
  const commands = new ServiceCommands(
    api as unknown as DomainApi<EcsState>,
    owner as unknown as TargetGroups,
    owner as unknown as Registries,
    { problemOf: () => Promise.resolve(undefined) },
    5_000,
  );
  const send = (input: object) => commands.send('UpdateService', { input, context: {} } as ApiRequest);
  return { asked, sent, send, commands };
}

describe('a command about a service', () => {
  it('carries what the load balancer says of the target groups that it names, whatever the caller says of them', async () => {
    const { asked, sent, send } = given({ facts: FACTS });
    const input = { service: 'web', loadBalancers: [{ targetGroupArn: GROUP }, {}] };
    await send({ ...input, targetGroups: 'mine', registries: 'mine', healthyAfterMs: 0 });
    expect(asked).toEqual([[GROUP]]);
    expect(sent).toEqual([['UpdateService', { ...input, healthyAfterMs: 5_000, targetGroups: FACTS, registries: [] }]]);
  });

  it('carries what Cloud Map says of the service registries that it names', async () => {
    const { asked, sent, send } = given({ facts: REGISTRIES });
    const input = { service: 'web', serviceRegistries: [{ registryArn: REGISTRY }] };
    await send(input);
    expect(asked).toEqual([[REGISTRY]]);
    expect(sent).toEqual([['UpdateService', { ...input, healthyAfterMs: 5_000, targetGroups: [], registries: REGISTRIES }]]);
  });

  it('carries what the namespace is called, its own or the cluster’s, where names of Service Connect stand in it', async () => {
    const namespaces = [{ namespaceArn: NAMESPACE, name: 'shop' }];
    const { asked, sent, send } = given({ facts: namespaces });
    const services = [{ portName: 'http', clientAliases: [{ port: 80 }] }];
    for (const namespace of [NAMESPACE, undefined]) {
      await send({ service: 'web', serviceConnectConfiguration: { enabled: true, namespace, services } });
    }
    expect(asked).toEqual([NAMESPACE, NAMESPACE]);
    expect(sent).toMatchObject([
      ['UpdateService', { namespaces }],
      ['UpdateService', { namespaces }],
    ]);
    for (const serviceConnectConfiguration of [
      { enabled: true, namespace: 'shop' },
      { enabled: true, services: [] },
      { enabled: false },
    ]) {
      await send({ service: 'web', serviceConnectConfiguration });
    }
    expect(asked).toHaveLength(2);
    await send({ service: 'web', serviceConnectConfiguration: { enabled: true, namespace: 'shop', services } });
    expect(asked[2]).toBe('shop');
  });

  it('asks what else a namespace is called by which services are listed, but not what it was called', async () => {
    const { asked, sent, commands } = given({ facts: [{ namespaceArn: NAMESPACE, name: 'shop' }] });
    for (const asOf of [undefined, '2026-11-22T11:00:00Z']) {
      await commands.listByNamespace({ input: { namespace: 'shop', known: 'mine' }, context: { asOf } } as unknown as ApiRequest);
    }
    expect(asked).toEqual(['shop']);
    expect(sent).toEqual([
      ['ListServicesByNamespace', { namespace: 'shop', known: [NAMESPACE, 'shop'] }],
      ['ListServicesByNamespace', { namespace: 'shop', known: [] }],
    ]);
  });

  it('that names none needs no load balancer', async () => {
    const { asked, sent, send } = given({ unavailable: 'away' });
    for (const input of [{ desiredCount: 1 }, { loadBalancers: [] }]) await send({ service: 'web', ...input });
    expect(asked).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  it('is not sent when the load balancer cannot be asked: it has to be tried again', async () => {
    const { sent, send } = given({ unavailable: 'away' });
    expect(await send({ service: 'web', loadBalancers: [{ targetGroupArn: GROUP }] })).toEqual({ unavailable: 'away' });
    expect(sent).toEqual([]);
  });
});
