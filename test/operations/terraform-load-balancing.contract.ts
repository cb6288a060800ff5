import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYS } from '../support/aws-endpoint.js';
import { loadBalancingEndpoint } from '../support/load-balancing-endpoint.js';
import { plan, type Resource } from '../support/terraform-attributes.js';
import {
  type LbConfig,
  type ListenerConfig,
  type RuleConfig,
  type TargetGroupConfig,
  TerraformLoadBalancing,
} from '../support/terraform-load-balancing.js';

/** apply, plan (empty), a change, apply, plan (empty), destroy: with the calls of Terraform's provider. */
describe('with Terraform’s calls, load balancing', () => {
  let endpoint: Awaited<ReturnType<typeof loadBalancingEndpoint>>;
  let sdk: ElasticLoadBalancingV2Client;
  let terraform: TerraformLoadBalancing;
  beforeAll(async () => {
    endpoint = await loadBalancingEndpoint();
    sdk = new ElasticLoadBalancingV2Client({ endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS });
    terraform = new TerraformLoadBalancing(sdk, (arn) => {
      endpoint.world.given('RecordLoadBalancerStates', { states: [{ arn, code: 'active' }] });
      return Promise.resolve();
    });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
  });

  async function lives<C extends object>(resource: Resource<C>, ...configs: readonly [C, ...C[]]): Promise<void> {
    let [now] = configs;
    let id = await resource.create(now);
    expect(await plan(resource, id, now)).toEqual({});
    for (const next of configs.slice(1)) {
      expect(await plan(resource, id, next)).not.toEqual({});
      id = await resource.update(id, next, now);
      now = next;
      expect(await plan(resource, id, now)).toEqual({});
    }
    await resource.remove(id, now);
  }
  const web = { name: 'web', port: 80, protocol: 'HTTP' as const, targetType: 'ip' as const, vpcId: 'vpc-1' };
  const tcp = { ...web, name: 'tcp', protocol: 'TCP' as const };

  it('aws_lb of both types', async () => {
    const alb: LbConfig = {
      name: 'alb',
      type: 'application',
      subnets: ['subnet-a', 'subnet-b'],
      securityGroups: ['sg-1'],
      tags: { a: '1' },
    };
    await lives<LbConfig>(
      terraform.lb,
      { ...alb, attributes: { 'idle_timeout.timeout_seconds': '30', 'routing.http.xff_header_processing.mode': 'append' } },
      {
        ...alb,
        subnets: ['subnet-b', 'subnet-c'],
        securityGroups: ['sg-2', 'sg-1'],
        attributes: { 'idle_timeout.timeout_seconds': '60', 'routing.http.drop_invalid_header_fields.enabled': 'true' },
        tags: { b: '2' },
      },
    );
    const nlb: LbConfig = { name: 'nlb', type: 'network', internal: true, subnets: ['subnet-a'] };
    await lives<LbConfig>(terraform.lb, nlb, {
      ...nlb,
      attributes: { 'load_balancing.cross_zone.enabled': 'true' },
      ipAddressType: 'dualstack',
    });
  });

  it('aws_lb_target_group of HTTP and TCP', async () => {
    const healthCheck = {
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 3,
      Matcher: { HttpCode: '200-299' },
    };
    await lives<TargetGroupConfig>(
      terraform.targetGroup,
      { ...web, healthCheck, attributes: { 'deregistration_delay.timeout_seconds': '30' }, tags: { a: '1' } },
      {
        ...web,
        healthCheck: { ...healthCheck, HealthCheckIntervalSeconds: 20 },
        attributes: {
          'stickiness.enabled': 'true',
          'stickiness.type': 'lb_cookie',
          'stickiness.lb_cookie.duration_seconds': '60',
        },
      },
    );
    await lives<TargetGroupConfig>(terraform.targetGroup, tcp, { ...tcp, attributes: { 'preserve_client_ip.enabled': 'true' } });
  });

  it('aws_lb_listener, aws_lb_listener_rule and attachments', async () => {
    const loadBalancerArn = await terraform.lb.create({ name: 'front', type: 'application' });
    const [one, two] = [await terraform.targetGroup.create(web), await terraform.targetGroup.create({ ...web, name: 'two' })];
    const forward = { Type: 'forward' as const, TargetGroupArn: one };
    const TargetGroups = [
      { TargetGroupArn: one, Weight: 90 },
      { TargetGroupArn: two, Weight: 10 },
    ];
    const ForwardConfig = { TargetGroups, TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 600 } };
    const weighted = { Type: 'forward' as const, ForwardConfig };
    const RedirectConfig = {
      Protocol: 'HTTPS',
      Port: '443',
      Host: '#{host}',
      Path: '/#{path}',
      Query: '#{query}',
      StatusCode: 'HTTP_301' as const,
    };
    const redirect = { Type: 'redirect' as const, RedirectConfig };
    const FixedResponseConfig = { StatusCode: '503', ContentType: 'text/plain', MessageBody: 'soon' };
    const fixed = { Type: 'fixed-response' as const, FixedResponseConfig };
    const listener: ListenerConfig = { loadBalancerArn, port: 80, protocol: 'HTTP', defaultAction: forward, tags: { a: '1' } };
    await lives<ListenerConfig>(
      terraform.listener,
      listener,
      { ...listener, defaultAction: weighted },
      { ...listener, defaultAction: redirect, port: 8080, tags: { b: '2' } },
      { ...listener, defaultAction: fixed, attributes: { 'routing.http.response.server.enabled': 'false' } },
    );
    const listenerArn = await terraform.listener.create(listener);
    const path = { Field: 'path-pattern', PathPatternConfig: { Values: ['/api/*', '/v2/*'] } };
    const host = { Field: 'host-header', HostHeaderConfig: { Values: ['*.example.com'] } };
    const header = { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Canary', Values: ['yes'] } };
    const query = { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '2' }] } };
    const source = { Field: 'source-ip', SourceIpConfig: { Values: ['192.0.2.0/24'] } };
    const method = { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } };
    const rule: RuleConfig = { listenerArn, priority: 10, action: forward, condition: [path], tags: { a: '1' } };
    await lives<RuleConfig>(
      terraform.rule,
      rule,
      { ...rule, priority: 5, condition: [host, header, query] },
      { ...rule, action: weighted, condition: [source, method], tags: {} },
    );
    await lives(terraform.attachment, { targetGroupArn: one, id: '10.0.0.1' });
    await lives(terraform.attachment, { targetGroupArn: one, id: '10.0.0.1', port: 8080 });
    const network = await terraform.lb.create({ name: 'net', type: 'network' });
    const defaultAction = { Type: 'forward' as const, TargetGroupArn: await terraform.targetGroup.create(tcp) };
    const tcpListener: ListenerConfig = { loadBalancerArn: network, port: 5432, protocol: 'TCP', defaultAction };
    await lives<ListenerConfig>(terraform.listener, tcpListener, {
      ...tcpListener,
      attributes: { 'tcp.idle_timeout.seconds': '600' },
    });
  });
});
