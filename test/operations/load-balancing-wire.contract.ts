import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  CreateTrustStoreCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  DuplicateLoadBalancerNameException,
  ElasticLoadBalancingV2Client,
  LoadBalancerNotFoundException,
  paginateDescribeTargetGroups,
  PriorityInUseException,
  RegisterTargetsCommand,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, KEYS } from '../support/aws-endpoint.js';
import { loadBalancingEndpoint } from '../support/load-balancing-endpoint.js';

/** The load balancer's API as its users call it: the AWS CLI that the distribution ships, and the JavaScript SDK. */
describe('the wire of the load balancer’s API', () => {
  let endpoint: AwsEndpoint;
  let sdk: ElasticLoadBalancingV2Client;
  const elbv2 = (...args: string[]) => endpoint.aws(...args);
  const refused = (...args: string[]) => endpoint.refused(...args);

  beforeAll(async () => {
    endpoint = await loadBalancingEndpoint();
    sdk = new ElasticLoadBalancingV2Client({ endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
  });

  it('is driven by the AWS CLI from load balancer to target', async () => {
    const created = await elbv2(
      'create-load-balancer',
      '--name',
      'cli',
      '--subnets',
      'subnet-a',
      'subnet-b',
      '--tags',
      'Key=a,Value=1',
    );
    const { LoadBalancerArn: loadBalancer, DNSName, Type, CreatedTime } = created.LoadBalancers[0];
    expect({ DNSName, Type }).toEqual({ DNSName: expect.stringMatching(/^cli-\d+\.us-east-1\.elb\./), Type: 'application' });
    expect(CreatedTime).toBe('2026-11-23T12:00:00.001000+00:00');
    const groupAnswer = await elbv2(
      'create-target-group',
      '--name',
      'cli',
      '--protocol',
      'HTTP',
      '--port',
      '80',
      '--target-type',
      'ip',
    );
    const { TargetGroupArn: group, Matcher } = groupAnswer.TargetGroups[0];
    expect(Matcher).toEqual({ HttpCode: '200' });
    const forward = `Type=forward,TargetGroupArn=${group}`;
    const listenerArgs = [
      '--load-balancer-arn',
      loadBalancer,
      '--protocol',
      'HTTP',
      '--port',
      '80',
      '--default-actions',
      forward,
    ];
    const { ListenerArn: listener, DefaultActions } = (await elbv2('create-listener', ...listenerArgs)).Listeners[0];
    expect(DefaultActions).toMatchObject([
      { Type: 'forward', TargetGroupArn: group, ForwardConfig: { TargetGroups: [{ Weight: 1 }] } },
    ]);
    const conditions = JSON.stringify([{ Field: 'path-pattern', Values: ['/a&b*'] }]);
    const ruleArgs = ['--listener-arn', listener, '--priority', '7', '--conditions', conditions, '--actions', forward];
    await elbv2('create-rule', ...ruleArgs);
    const { Rules } = await elbv2('describe-rules', '--listener-arn', listener);
    expect(Rules.map(({ Priority, IsDefault }: any) => [Priority, IsDefault])).toEqual([
      ['7', false],
      ['default', true],
    ]);
    expect(Rules[0].Conditions[0].Values).toEqual(['/a&b*']);
    await elbv2('register-targets', '--target-group-arn', group, '--targets', 'Id=10.0.0.1', 'Id=10.0.0.1,Port=8080');
    const { TargetHealthDescriptions: health } = await elbv2('describe-target-health', '--target-group-arn', group);
    expect(health).toMatchObject([
      { Target: { Id: '10.0.0.1', Port: 80 }, HealthCheckPort: '80', TargetHealth: { State: expect.any(String) } },
      { Target: { Id: '10.0.0.1', Port: 8080 } },
    ]);
    await elbv2('deregister-targets', '--target-group-arn', group, '--targets', 'Id=10.0.0.1,Port=8080');
    const { TagDescriptions } = await elbv2('describe-tags', '--resource-arns', loadBalancer);
    expect(TagDescriptions).toEqual([{ ResourceArn: loadBalancer, Tags: [{ Key: 'a', Value: '1' }] }]);
    const set = ['--load-balancer-arn', loadBalancer, '--attributes', 'Key=idle_timeout.timeout_seconds,Value=30'];
    expect((await elbv2('modify-load-balancer-attributes', ...set)).Attributes).toContainEqual({
      Key: 'idle_timeout.timeout_seconds',
      Value: '30',
    });
    expect(await refused('create-rule', ...ruleArgs)).toBe(
      "An error occurred (PriorityInUse) when calling the CreateRule operation: Priority '7' is currently in use",
    );
    expect(await refused('delete-target-group', '--target-group-arn', group)).toContain(
      'is currently in use by a listener or a rule',
    );
    await elbv2('delete-load-balancer', '--load-balancer-arn', loadBalancer);
    await elbv2('delete-target-group', '--target-group-arn', group);
    expect(await refused('describe-load-balancers', '--names', 'cli')).toBe(
      "An error occurred (LoadBalancerNotFound) when calling the DescribeLoadBalancers operation: Load balancers '[cli]' not found",
    );
  }, 120_000);

  it('is driven by the JavaScript SDK: lists, errors by class, pages, what is not built', async () => {
    const create = (Scheme: 'internal' | 'internet-facing') => sdk.send(new CreateLoadBalancerCommand({ Name: 'sdk', Scheme }));
    const LoadBalancerArn = (await create('internal')).LoadBalancers![0]!.LoadBalancerArn;
    await expect(create('internet-facing')).rejects.toThrow(DuplicateLoadBalancerNameException);
    const groups = await Promise.all(
      ['one', 'two', 'three'].map((Name) =>
        sdk.send(new CreateTargetGroupCommand({ Name, Protocol: 'HTTP', Port: 80, TargetType: 'ip' })),
      ),
    );
    const [one, two] = groups.map(({ TargetGroups }) => TargetGroups![0]!.TargetGroupArn!) as [string, string, string];
    const TargetGroups = [
      { TargetGroupArn: one, Weight: 90 },
      { TargetGroupArn: two, Weight: 10 },
    ];
    const ForwardConfig = { TargetGroups, TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } };
    const DefaultActions = [{ Type: 'forward' as const, ForwardConfig }];
    const { Listeners } = await sdk.send(
      new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions }),
    );
    const { ListenerArn } = Listeners![0]!;
    const described = await sdk.send(new DescribeListenersCommand({ LoadBalancerArn }));
    expect(described.Listeners![0]!.DefaultActions).toEqual(DefaultActions);
    const Conditions = [
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Canary', Values: ['yes', 'true'] } },
      { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '2' }, { Value: 'beta' }] } },
    ];
    const rule = { ListenerArn, Priority: 1, Conditions, Actions: DefaultActions };
    await sdk.send(new CreateRuleCommand(rule));
    await expect(sdk.send(new CreateRuleCommand(rule))).rejects.toThrow(PriorityInUseException);
    const { Rules } = await sdk.send(new DescribeRulesCommand({ ListenerArn }));
    expect(Rules![0]!.Conditions).toEqual(Conditions);
    await sdk.send(new RegisterTargetsCommand({ TargetGroupArn: one, Targets: [{ Id: '10.0.0.1' }] }));
    const health = await sdk.send(new DescribeTargetHealthCommand({ TargetGroupArn: one }));
    expect(health.TargetHealthDescriptions).toHaveLength(1);
    const names: string[] = [];
    for await (const page of paginateDescribeTargetGroups({ client: sdk, pageSize: 2 }, {}))
      for (const group of page.TargetGroups!) names.push(group.TargetGroupName!);
    expect(names.sort()).toEqual(['one', 'three', 'two']);
    const missing = new DescribeTargetHealthCommand({
      TargetGroupArn: one.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
    });
    await expect(sdk.send(missing)).rejects.toThrow(TargetGroupNotFoundException);
    await expect(
      sdk.send(new CreateListenerCommand({ ...rule, LoadBalancerArn: `${LoadBalancerArn}0`, DefaultActions })),
    ).rejects.toThrow(LoadBalancerNotFoundException);
    const trust = { Name: 'a', CaCertificatesBundleS3Bucket: 'b', CaCertificatesBundleS3Key: 'c' };
    await expect(sdk.send(new CreateTrustStoreCommand(trust))).rejects.toThrow(
      /CreateTrustStore is not supported by Longshore yet/,
    );
  }, 120_000);
});
