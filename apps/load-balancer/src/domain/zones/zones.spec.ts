import { createEcsStore } from '#lib/ecs/model';
import { LoadBalancingWorld, PLACEMENT } from '../../../../../test/support/load-balancing-world.js';
import { dnsAnswer, type DnsSide } from '../discovery/dns-answers.js';

const CALLER = { accountId: '111111111111', region: 'us-east-1', principal: 'arn:aws:iam::111111111111:root' };
const SUFFIX = { dnsSuffix: PLACEMENT.dnsSuffix };

class ZoneWorld extends LoadBalancingWorld {
  readonly ecs = createEcsStore().state;

  zone(Name = 'example.com', more: object = {}): string {
    const input = { Name, CallerReference: `${Name} ${this.now}`, dnsSuffix: PLACEMENT.dnsSuffix, ...more };
    this.now += 1_000;
    return this.ok('CreateHostedZone', input).HostedZone.Id;
  }

  /** As another account: its answer. */
  by(caller: typeof CALLER, name: string, input: object): any {
    this.now += 1_000;
    const outcome = this.command(name, input, undefined, undefined, caller);
    if ('rejection' in outcome) throw new Error(`${name} was refused: ${outcome.rejection.message}`);
    return outcome.output;
  }

  readonly change = (HostedZoneId: string, Action: string, ...sets: object[]) => ({
    HostedZoneId,
    ChangeBatch: { Changes: sets.map((ResourceRecordSet) => ({ Action, ResourceRecordSet })) },
  });

  put(zone: string, ...sets: object[]): any {
    return this.ok('ChangeResourceRecordSets', this.change(zone, 'UPSERT', ...sets));
  }

  wrong(zone: string, action: string, ...sets: object[]): string | undefined {
    return this.refusal('ChangeResourceRecordSets', this.change(zone, action, ...sets));
  }

  asked(name: string, type = 'A', side: DnsSide = 'here', random = 0): any {
    const state = { ...this.state, ecs: this.ecs };
    return dnsAnswer({ state, suffix: PLACEMENT.dnsSuffix, serial: 7, random: () => random }, { name, type }, side);
  }

  data(name: string, type = 'A', side: DnsSide = 'here', random = 0): any {
    const answer = this.asked(name, type, side, random);
    return answer?.answers?.map((one: any) => one.data) ?? answer?.is;
  }
}

const record = (Name: string, Type: string, ...values: string[]) => ({
  Name,
  Type,
  TTL: 60,
  ResourceRecords: values.map((Value) => ({ Value })),
});

describe('hosted zones', () => {
  let world: ZoneWorld;
  beforeEach(() => {
    world = new ZoneWorld();
  });

  it('are made once for a reference, with the records of every zone, and found by id and by name', () => {
    const made = world.ok('CreateHostedZone', { Name: 'Example.com', CallerReference: 'a', dnsSuffix: 'here' });
    expect(made).toMatchObject({
      HostedZone: { Name: 'example.com.', Config: { PrivateZone: false }, ResourceRecordSetCount: 2 },
      ChangeInfo: { Status: 'INSYNC' },
      DelegationSet: { NameServers: ['ns-1.here', 'ns-2.here', 'ns-3.here', 'ns-4.here'] },
      Location: expect.stringContaining(made.HostedZone.Id),
    });
    const { Id } = made.HostedZone;
    expect(world.refusal('CreateHostedZone', { Name: 'other.com', CallerReference: 'a', dnsSuffix: 'here' })).toMatch(
      /^HostedZoneAlreadyExists: /,
    );
    expect(world.ask('GetChange', { Id: made.ChangeInfo.Id }).ChangeInfo).toEqual(made.ChangeInfo);
    expect(world.ask('GetHostedZone', { Id })).toMatchObject({ HostedZone: { Id }, DelegationSet: {} });
    world.zone('a.com');
    const { HostedZones } = world.ask('ListHostedZonesByName', { DNSName: 'example.com', MaxItems: 1 });
    expect(HostedZones).toMatchObject([{ Id }]);
    expect(world.ask('ListHostedZones', { MaxItems: 1 })).toMatchObject({ IsTruncated: true, NextMarker: expect.any(String) });
    expect(world.refusal('GetHostedZone', { Id }, CALLER)).toMatch(/^NoSuchHostedZone: /);
    expect(world.refusal('GetChange', { Id: made.ChangeInfo.Id }, CALLER)).toMatch(/^NoSuchChange: /);
  });

  it('are not deleted with records that their users made', () => {
    const zone = world.zone();
    const www = record('www.example.com', 'A', '10.0.0.1');
    world.put(zone, www);
    expect(world.refusal('DeleteHostedZone', { Id: zone })).toMatch(/^HostedZoneNotEmpty: /);
    world.ok('ChangeResourceRecordSets', world.change(zone, 'DELETE', www));
    world.ok('DeleteHostedZone', { Id: zone });
    expect(world.data('www.example.com')).toBeUndefined();
    expect([...world.state.recordSets.values()]).toEqual([]);
  });

  it('have tags, a comment, and VPCs if they are private', () => {
    const zone = world.zone('in.example', { VPC: { VPCId: 'vpc-1', VPCRegion: 'us-east-1' } });
    const resource = { ResourceType: 'hostedzone', ResourceId: zone.slice('/hostedzone/'.length) };
    world.ok('ChangeTagsForResource', { ...resource, AddTags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
    world.ok('ChangeTagsForResource', { ...resource, RemoveTagKeys: ['b'] });
    expect(world.ask('ListTagsOfHostedZone', resource).ResourceTagSet.Tags).toEqual([{ Key: 'a', Value: '1' }]);
    expect(world.ok('UpdateHostedZoneComment', { Id: zone, Comment: 'mine' }).HostedZone.Config).toEqual({
      Comment: 'mine',
      PrivateZone: true,
    });
    const other = { HostedZoneId: zone, VPC: { VPCId: 'vpc-2', VPCRegion: 'eu-west-1' } };
    world.ok('AssociateVPCWithHostedZone', other);
    expect(world.ask('GetHostedZone', { Id: zone }).VPCs).toHaveLength(2);
    world.ok('DisassociateVPCFromHostedZone', other);
    expect(world.refusal('DisassociateVPCFromHostedZone', { ...other, VPC: { VPCId: 'vpc-1', VPCRegion: 'us-east-1' } })).toMatch(
      /^LastVPCAssociation: /,
    );
    expect(world.refusal('AssociateVPCWithHostedZone', { ...other, HostedZoneId: world.zone() })).toMatch(
      /^PublicZoneVPCAssociation: /,
    );
  });

  it('refuse changes with a sentence, all of a batch together', () => {
    const zone = world.zone();
    world.put(zone, record('www.example.com', 'A', '10.0.0.1'));
    const www = record('www.example.com', 'A', '10.0.0.2');
    expect(world.wrong(zone, 'CREATE', record('new.example.com', 'A', '10.0.0.3'), www)).toBe(
      "InvalidChangeBatch: [Tried to create resource record set [name='www.example.com.', type='A'] but it already exists]",
    );
    expect(world.data('new.example.com')).toBe('no such name');
    expect(world.wrong(zone, 'DELETE', www)).toMatch(/values provided do not match/);
    expect(world.wrong(zone, 'DELETE', record('no.example.com', 'A', '1.1.1.1'))).toMatch(/but it was not found/);
    expect(world.wrong(zone, 'CREATE', record('www.example.org', 'A', '1.1.1.1'))).toMatch(
      /is not permitted in zone example\.com\./,
    );
    expect(world.wrong(zone, 'CREATE', record('example.com', 'CNAME', 'a.b'))).toMatch(/not permitted at apex/);
    expect(world.wrong(zone, 'CREATE', record('www.example.com', 'CNAME', 'a.b'))).toMatch(/conflicts with other records/);
    expect(world.wrong(zone, 'CREATE', record('a.example.com', 'A', 'a.b'))).toMatch(/Invalid Resource Record/);
    expect(world.wrong(zone, 'CREATE', record('a.example.com', 'TXT', 'bare'))).toMatch(/Invalid Resource Record/);
    expect(world.wrong(zone, 'CREATE', record('a.example.com', 'NAPTR', 'x'))).toMatch(/no records of the type NAPTR/);
    expect(world.wrong(zone, 'CREATE', { ...www, Name: 'a.example.com', Failover: 'PRIMARY', SetIdentifier: 'a' })).toMatch(
      /has no Failover/,
    );
    const alias = { HostedZoneId: 'Z1', DNSName: 'd1.cloudfront.net', EvaluateTargetHealth: false };
    expect(world.wrong(zone, 'CREATE', { Name: 'a.example.com', Type: 'A', AliasTarget: alias })).toMatch(
      /that target was not found/,
    );
    expect(world.wrong(zone, 'CREATE', { ...www, SetIdentifier: 'a', Weight: 1 })).toMatch(/another routing policy/);
  });

  it('list their records by the reversed name, page by page', () => {
    const zone = world.zone();
    const names = ['b.example.com', 'a.b.example.com', 'a.example.com', '*.example.com'];
    world.put(zone, ...names.map((name) => record(name, 'A', '10.0.0.1')));
    const all: string[] = [];
    let start = {};
    for (let more = true; more;) {
      const page = world.ask('ListResourceRecordSets', { HostedZoneId: zone, MaxItems: 2, ...start });
      all.push(...page.ResourceRecordSets.map(({ Name, Type }: any) => `${Name} ${Type}`));
      start = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType };
      more = page.IsTruncated;
    }
    expect(all).toEqual([
      'example.com. NS',
      'example.com. SOA',
      '\\052.example.com. A',
      'a.example.com. A',
      'b.example.com. A',
      'a.b.example.com. A',
    ]);
  });
});

describe('names of hosted zones in DNS', () => {
  let world: ZoneWorld;
  let zone: string;
  beforeEach(() => {
    world = new ZoneWorld();
    zone = world.zone();
  });

  it('are answered with what their records say, of every type', () => {
    world.put(
      zone,
      record('example.com', 'MX', '10 mail.example.com.'),
      record('example.com', 'TXT', '"v=spf1 -all"', '"a \\"b\\"" "c"'),
      record('_sip._tcp.example.com', 'SRV', '1 2 5060 sip.example.com'),
      record('example.com', 'CAA', '0 issue "ca.example"'),
      record('six.example.com', 'AAAA', '2001:db8::1'),
    );
    expect(world.data('Example.com', 'MX')).toEqual([{ preference: 10, exchange: 'mail.example.com' }]);
    expect(world.data('example.com', 'TXT')).toEqual([['v=spf1 -all'], ['a "b"', 'c']]);
    expect(world.data('_sip._tcp.example.com', 'SRV')).toEqual([
      { priority: 1, weight: 2, port: 5060, target: 'sip.example.com' },
    ]);
    expect(world.data('example.com', 'CAA')).toEqual([{ flags: 0, tag: 'issue', value: 'ca.example' }]);
    expect(world.data('six.example.com', 'AAAA')).toEqual(['2001:db8::1']);
    expect(world.data('example.com', 'SOA')).toMatchObject([{ mname: 'ns-1.longshore.internal', minimum: 86_400 }]);
    expect(world.data('_tcp.example.com', 'A')).toBe('no data');
    expect(world.data('no.example.com', 'A')).toBe('no such name');
  });

  it('that are aliases lead to load balancers, to other records, and to names of others', () => {
    const LoadBalancerArn = world.loadBalancer();
    const [balancer] = world.ask('DescribeLoadBalancers', { LoadBalancerArns: [LoadBalancerArn] }).LoadBalancers;
    const AliasTarget = {
      HostedZoneId: balancer.CanonicalHostedZoneId,
      DNSName: `dualstack.${balancer.DNSName}`,
      EvaluateTargetHealth: true,
    };
    world.put(
      zone,
      { Name: 'example.com', Type: 'A', AliasTarget },
      record('www.example.com', 'CNAME', 'example.com'),
      record('far.example.com', 'CNAME', 'elsewhere.example.'),
      record('loop.example.com', 'CNAME', 'pool.example.com'),
      record('pool.example.com', 'CNAME', 'loop.example.com'),
    );
    const address = world.state.loadBalancers.get(LoadBalancerArn)!.addresses.containers;
    expect(world.asked('example.com').answers).toEqual([{ type: 'A', name: 'example.com', ttl: 5, data: address }]);
    expect(world.data('www.example.com')).toEqual(['example.com', address]);
    expect(world.data('www.example.com', 'CNAME')).toEqual(['example.com']);
    expect(world.asked('far.example.com')).toMatchObject({ elsewhere: 'elsewhere.example', answers: [{ type: 'CNAME' }] });
    expect(world.data('loop.example.com').length).toBeLessThan(12);
    const [told] = world.ask('ListResourceRecordSets', {
      HostedZoneId: zone,
      StartRecordName: 'example.com',
      MaxItems: 1,
    }).ResourceRecordSets;
    expect(told.AliasTarget).toEqual({ ...AliasTarget, DNSName: `${balancer.DNSName}.` });
    world.ok('DeleteLoadBalancer', { LoadBalancerArn });
    expect(world.data('example.com')).toBe('no data');
    world.ok('ChangeResourceRecordSets', world.change(zone, 'DELETE', { Name: 'example.com', Type: 'A', AliasTarget }));
  });

  it('of wildcards stand for names that have nothing of their own', () => {
    world.put(zone, record('*.example.com', 'A', '10.0.0.9'), record('a.b.example.com', 'A', '10.0.0.1'));
    expect(world.data('x.example.com')).toEqual(['10.0.0.9']);
    expect(world.data('x.y.example.com')).toEqual(['10.0.0.9']);
    expect(world.data('b.example.com')).toBe('no data');
    expect(world.data('c.b.example.com')).toBe('no such name');
  });

  it('are chosen by weight', () => {
    const side = (SetIdentifier: string, Weight: number, value: string) => ({
      ...record('w.example.com', 'A', value),
      SetIdentifier,
      Weight,
    });
    world.put(zone, side('a', 1, '10.0.0.1'), side('b', 3, '10.0.0.2'));
    expect(world.data('w.example.com', 'A', 'here', 0.2)).toEqual(['10.0.0.1']);
    expect(world.data('w.example.com', 'A', 'here', 0.3)).toEqual(['10.0.0.2']);
  });

  it('of private zones are told to this host only, and before those of a public zone of the same name', () => {
    const inside = world.zone('example.com', { VPC: { VPCId: 'vpc-1', VPCRegion: 'us-east-1' } });
    world.put(zone, record('www.example.com', 'A', '10.0.0.1'));
    world.put(inside, record('www.example.com', 'A', '10.0.0.2'));
    expect(world.data('www.example.com', 'A', 'here')).toEqual(['10.0.0.2']);
    expect(world.data('www.example.com', 'A', 'elsewhere')).toEqual(['10.0.0.1']);
  });

  it('stay with the account that had them first, until it hands them on by NS records', () => {
    const theirs = (Name: string, set: object, more: object = {}) => {
      const id = world.by(CALLER, 'CreateHostedZone', { Name, CallerReference: `${Name} ${world.now}`, ...SUFFIX, ...more })
        .HostedZone.Id;
      world.by(CALLER, 'ChangeResourceRecordSets', world.change(id, 'UPSERT', set));
    };
    world.put(zone, record('www.example.com', 'A', '10.0.0.1'), record('a.eu.example.com', 'A', '10.0.0.2'));
    theirs('www.example.com', record('www.example.com', 'A', '10.6.6.6'));
    theirs('example.com', record('www.example.com', 'A', '10.6.6.6'), { VPC: { VPCId: 'vpc-1', VPCRegion: 'us-east-1' } });
    theirs('eu.example.com', record('a.eu.example.com', 'A', '10.0.0.3'));
    expect([world.data('www.example.com'), world.data('a.eu.example.com')]).toEqual([['10.0.0.1'], ['10.0.0.2']]);
    world.put(zone, record('eu.example.com', 'NS', 'ns-1.longshore.internal'));
    expect([world.data('www.example.com'), world.data('a.eu.example.com')]).toEqual([['10.0.0.1'], ['10.0.0.3']]);
    world.put(world.zone('own.example.com'), record('own.example.com', 'A', '10.0.0.4'));
    expect(world.data('own.example.com')).toEqual(['10.0.0.4']);
  });

  it('are not taken from a namespace of Cloud Map that another account has', () => {
    world.ok('CreatePrivateDnsNamespace', { Name: 'Internal', Vpc: 'vpc-1' });
    const of = (Name: string) => ({ Name, CallerReference: Name, ...SUFFIX });
    for (const name of ['internal', 'web.internal'])
      expect(world.refusal('CreateHostedZone', of(name), CALLER)).toMatch(/^ConflictingDomainExists: .*'Internal'/);
    expect(world.refusal('CreateHostedZone', of('web.internal'))).toBeUndefined();
  });

  it('belong to the zone that was made first', () => {
    const second = world.zone();
    world.put(second, record('www.example.com', 'A', '10.0.0.2'));
    expect(world.data('www.example.com')).toBe('no such name');
    world.ok('DeleteHostedZone', { Id: zone });
    expect(world.data('www.example.com')).toEqual(['10.0.0.2']);
  });
});
