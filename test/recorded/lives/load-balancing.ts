import type { Commit } from '#lib/journal';
import { LoadBalancingWorld } from '../../support/load-balancing-world.js';

/** Load balancers of both types with all that they can have, changed, drained and taken away. */
export function recordLoadBalancing(): Commit[] {
  const world = new LoadBalancingWorld();
  const certificate = (name: string) => ({ CertificateArn: world.certificate(name) });
  const [first, second] = [certificate('one'), certificate('two')];
  const set = (Key: string, Value: string) => ({ Attributes: [{ Key, Value }] });
  const LoadBalancerArn = world.loadBalancer('web', { Subnets: ['subnet-a'], Tags: [{ Key: 'a', Value: '1' }] });
  const network = world.loadBalancer('tcp', { Type: 'network', SecurityGroups: ['sg-1'] });
  world.given('RecordLoadBalancerStates', { states: [{ arn: LoadBalancerArn, code: 'failed', reason: 'port 80 is taken' }] });
  world.given('RecordLoadBalancerStates', { states: [{ arn: LoadBalancerArn, code: 'active' }] });
  world.given('ModifyLoadBalancerAttributes', { LoadBalancerArn, ...set('idle_timeout.timeout_seconds', '30') });
  world.given('SetSubnets', { LoadBalancerArn, Subnets: ['subnet-b'] });
  const [TargetGroupArn, other, tcp] = [
    world.targetGroup('web', { ProtocolVersion: 'HTTP2' }),
    world.targetGroup('other', { TargetType: 'instance' }),
    world.targetGroup('tcp', { Protocol: 'TCP' }),
  ];
  world.given('ModifyTargetGroup', { TargetGroupArn, HealthCheckPath: '/health', Matcher: { HttpCode: '200-299' } });
  world.given('ModifyTargetGroupAttributes', { TargetGroupArn, ...set('longshore.health_check.interval_ms', '100') });
  world.given('ModifyTargetGroupAttributes', { TargetGroupArn, ...set('deregistration_delay.timeout_seconds', '10') });
  const ListenerArn = world.listener(LoadBalancerArn, TargetGroupArn);
  const secure = world.listener(LoadBalancerArn, TargetGroupArn, {
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [first],
  });
  world.listener(network, tcp, { Protocol: 'TCP', Port: 5432 });
  world.given('AddListenerCertificates', { ListenerArn: secure, Certificates: [second] });
  world.given('RemoveListenerCertificates', { ListenerArn: secure, Certificates: [second] });
  world.given('ModifyListener', { ListenerArn: secure, Protocol: 'HTTP', Port: 8080 });
  world.given('ModifyListenerAttributes', { ListenerArn, ...set('routing.http.response.server.enabled', 'false') });
  const [one, two] = [world.rule(ListenerArn, 1, TargetGroupArn), world.rule(ListenerArn, 2, other)];
  world.given('ModifyRule', { RuleArn: one, Conditions: [{ Field: 'host-header', Values: ['*.example.com'] }] });
  world.given('SetRulePriorities', { RulePriorities: [one, two].map((RuleArn, index) => ({ RuleArn, Priority: 2 - index })) });
  world.given('AddTags', { ResourceArns: [one, ListenerArn], Tags: [{ Key: 'b', Value: '2' }] });
  world.given('RemoveTags', { ResourceArns: [one], TagKeys: ['b'] });
  world.given('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2', Port: 8080 }] });
  const task = { taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/default/1', containerName: 'web', containerPort: 80 };
  const target = { Id: 'i-1', Port: 49_153, Address: '127.0.0.1', Task: task };
  world.given('RegisterTargets', { TargetGroupArn: other, Targets: [target] }, 'scheduler');
  world.becomes('healthy', TargetGroupArn);
  world.becomes('unhealthy', other, { reason: 'Target.Timeout' });
  world.given('DeregisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2' }] });
  world.given('RecordTargetsDrained', { targets: [...world.state.targets.values()].filter(({ id }) => id === '10.0.0.1') });
  world.now += 11_000;
  world.given('Expire', {});
  world.given('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.0.3' }] });
  world.given('DeleteRule', { RuleArn: two });
  world.given('DeleteListener', { ListenerArn: secure });
  world.given('DeleteTargetGroup', { TargetGroupArn: other });
  world.given('DeleteLoadBalancer', { LoadBalancerArn: network });
  return world.commits;
}

/** Namespaces, services and instances of Cloud Map. */
export function recordDiscovery(): Commit[] {
  const world = new LoadBalancingWorld();
  const made = ({ OperationId }: { readonly OperationId: string }) =>
    world.ask('GetOperation', { OperationId }).Operation.Targets;
  const Id = made(world.ok('CreatePrivateDnsNamespace', { Name: 'internal', Vpc: 'vpc-1', CreatorRequestId: 'once' })).NAMESPACE;
  world.ok('UpdatePrivateDnsNamespace', { Id, Namespace: { Description: 'ours' } });
  const http = made(world.ok('CreateHttpNamespace', { Name: 'other' })).NAMESPACE;
  world.ok('DeleteNamespace', { Id: http });
  const DnsConfig = { DnsRecords: [{ Type: 'SRV', TTL: 10 }] };
  const service = (Name: string) =>
    world.ok('CreateService', { Name, NamespaceId: Id, DnsConfig, HealthCheckCustomConfig: {} }).Service.Id;
  const [ServiceId, gone] = [service('web'), service('gone')];
  world.ok('DeleteService', { Id: gone });
  world.ok('UpdateService', { Id: ServiceId, Service: { DnsConfig: { DnsRecords: [{ Type: 'SRV', TTL: 5 }] } } });
  world.ok('UpdateServiceAttributes', { ServiceId, Attributes: { team: 'a' } });
  for (const InstanceId of ['one', 'two']) {
    const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80' };
    world.ok('RegisterInstance', { ServiceId, InstanceId, Attributes });
  }
  world.ok('UpdateInstanceCustomHealthStatus', { ServiceId, InstanceId: 'one', Status: 'UNHEALTHY' });
  world.ok('DeregisterInstance', { ServiceId, InstanceId: 'two' });
  return world.commits;
}

/** Certificates: imported, in use, renewed, tagged and deleted. */
export function recordCertificates(): Commit[] {
  const world = new LoadBalancingWorld();
  const [CertificateArn, gone] = [world.certificate('one'), world.certificate('two')];
  const more = { Protocol: 'HTTPS', Port: 443, Certificates: [{ CertificateArn }] };
  world.listener(world.loadBalancer('web'), world.targetGroup('web'), more);
  world.ok('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
  world.ok('RemoveTagsFromCertificate', { CertificateArn, Tags: [{ Key: 'b' }] });
  world.now += 1_000;
  world.certificate('one', CertificateArn);
  world.ok('DeleteCertificate', { CertificateArn: gone });
  return world.commits;
}

/** Zones of Route 53 with records of every kind, and a certificate that they validate. */
export function recordZones(): Commit[] {
  const world = new LoadBalancingWorld();
  const zone = (Name: string, more: object = {}): string =>
    world.ok('CreateHostedZone', { Name, CallerReference: Name, dnsSuffix: 'longshore.internal', ...more }).HostedZone.Id;
  const change = (HostedZoneId: string, Action: string, ...sets: object[]) =>
    world.ok('ChangeResourceRecordSets', {
      HostedZoneId,
      ChangeBatch: { Changes: sets.map((ResourceRecordSet) => ({ Action, ResourceRecordSet })) },
    });
  const record = (Name: string, Type: string, Value: string, more: object = {}) => ({
    Name,
    Type,
    TTL: 60,
    ResourceRecords: [{ Value }],
    ...more,
  });
  const id = zone('example.com', { HostedZoneConfig: { Comment: 'a comment' } });
  const vpc = { VPCId: 'vpc-1', VPCRegion: 'us-east-1' };
  const inside = zone('in.example', { VPC: vpc });
  const gone = zone('gone.example');
  world.ok('UpdateHostedZoneComment', { Id: id, Comment: 'another' });
  world.ok('ChangeTagsForResource', { ResourceType: 'hostedzone', ResourceId: id, AddTags: [{ Key: 'a', Value: '1' }] });
  world.ok('AssociateVPCWithHostedZone', { HostedZoneId: inside, VPC: { ...vpc, VPCId: 'vpc-2' } });
  world.ok('DisassociateVPCFromHostedZone', { HostedZoneId: inside, VPC: vpc });
  const arn = world.loadBalancer('web');
  const [balancer] = world.ask('DescribeLoadBalancers', { LoadBalancerArns: [arn] }).LoadBalancers;
  const AliasTarget = {
    HostedZoneId: balancer.CanonicalHostedZoneId,
    DNSName: balancer.DNSName,
    EvaluateTargetHealth: true,
  };
  const weighted = record('w.example.com', 'A', '10.0.0.1', { SetIdentifier: 'one', Weight: 1 });
  change(
    id,
    'CREATE',
    { Name: 'example.com', Type: 'A', AliasTarget },
    record('www.example.com', 'CNAME', 'example.com'),
    record('example.com', 'TXT', '"a" "b"'),
    record('*.example.com', 'AAAA', '2001:db8::1'),
    record('m.example.com', 'A', '10.0.0.2', { SetIdentifier: 'many', MultiValueAnswer: true }),
    weighted,
  );
  change(id, 'DELETE', weighted);
  world.ok('DeleteHostedZone', { Id: gone });
  const request = {
    DomainName: 'example.com',
    ValidationMethod: 'DNS',
    IdempotencyToken: 'once',
    Tags: [{ Key: 'a', Value: 'b' }],
  };
  const { CertificateArn } = world.ok('RequestCertificate', request);
  const unused = world.ok('RequestCertificate', { ...request, DomainName: 'www.example.com' }).CertificateArn;
  const [{ ResourceRecord }] = world.ask('DescribeCertificate', { CertificateArn }).Certificate.DomainValidationOptions;
  change(id, 'UPSERT', record(ResourceRecord.Name, 'CNAME', ResourceRecord.Value));
  world.ok('RecordCertificateAuthority', { body: 'the authority', fingerprint: 'a', sealedKey: 'sealed' });
  world.ok('RecordIssuedCertificate', {
    arn: CertificateArn,
    domainName: 'example.com',
    subjectAlternativeNames: ['example.com'],
    serial: '01',
    subject: 'CN=example.com',
    issuer: 'CN=Longshore certificates',
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2036-01-01T00:00:00.000Z',
    keyAlgorithm: 'RSA_2048',
    fingerprint: 'f',
    body: 'the certificate',
    chain: 'the authority',
    sealedKey: 'sealed',
  });
  world.ok('DeleteCertificate', { CertificateArn: unused });
  return world.commits;
}
