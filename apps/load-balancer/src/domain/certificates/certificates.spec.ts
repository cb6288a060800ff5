import { LoadBalancingWorld } from '../../../../../test/support/load-balancing-world.js';

describe('certificates', () => {
  let world: LoadBalancingWorld;
  let CertificateArn: string;
  beforeEach(() => {
    world = new LoadBalancingWorld();
    CertificateArn = world.certificate('web.example');
  });
  const serve = () =>
    world.listener(world.loadBalancer(), world.targetGroup(), {
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn }],
    });

  it('are told as ACM tells imported ones, with the load balancers that have them', () => {
    expect(CertificateArn).toMatch(/^arn:aws:acm:us-east-1:000000000000:certificate\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { Certificate } = world.ask('DescribeCertificate', { CertificateArn });
    expect(Certificate).toMatchObject({ DomainName: 'web.example', Status: 'ISSUED', Type: 'IMPORTED', InUseBy: [] });
    serve();
    expect(world.ask('DescribeCertificate', { CertificateArn }).Certificate.InUseBy).toEqual([
      expect.stringContaining(':loadbalancer/app/web/'),
    ]);
    expect(world.ask('ListCertificates', {}).CertificateSummaryList).toMatchObject([{ CertificateArn, InUse: true }]);
    expect(world.ask('ListCertificates', { Includes: { keyTypes: ['EC_prime256v1'] } }).CertificateSummaryList).toEqual([]);
  });

  it('never show their key', () => {
    for (const operation of ['DescribeCertificate', 'GetCertificate', 'ListTagsForCertificate', 'ListCertificates']) {
      expect(JSON.stringify(world.ask(operation, { CertificateArn }))).not.toContain('sealed');
    }
  });

  it('are renewed under the same ARN, and tags are not given with that', () => {
    world.now += 60_000;
    const renewed = { CertificateArn, facts: { ...world.state.certificates.get(CertificateArn)!, domainName: 'new.example' } };
    const content = { body: 'another', sealedKey: 'another' };
    expect(world.refusal('ImportCertificate', { ...renewed, ...content, Tags: [{ Key: 'a' }] })).toMatch(
      /^ValidationException: /,
    );
    expect(world.certificate('new.example', CertificateArn)).toBe(CertificateArn);
    const { Certificate } = world.ask('DescribeCertificate', { CertificateArn });
    expect(Certificate.DomainName).toBe('new.example');
    expect(Date.parse(Certificate.ImportedAt) - Date.parse(Certificate.CreatedAt)).toBeGreaterThanOrEqual(60_000);
  });

  it('are not deleted while a listener has them', () => {
    const ListenerArn = serve();
    expect(world.refusal('DeleteCertificate', { CertificateArn })).toMatch(/^ResourceInUseException: /);
    world.ok('DeleteListener', { ListenerArn });
    world.ok('DeleteCertificate', { CertificateArn });
    expect(world.refusal('DescribeCertificate', { CertificateArn })).toMatch(/^ResourceNotFoundException: /);
  });

  it('of another account are not there', () => {
    const caller = { accountId: '111111111111', region: 'us-east-1', principal: 'arn:aws:iam::111111111111:root' };
    expect(world.refusal('DescribeCertificate', { CertificateArn }, caller)).toMatch(/^ResourceNotFoundException: /);
    expect(world.refusal('DeleteCertificate', { CertificateArn }, caller)).toMatch(/^ResourceNotFoundException: /);
  });

  it('have tags, of which one with a value goes only when it is that', () => {
    world.ok('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
    world.ok('RemoveTagsFromCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '2' }, { Key: 'b' }] });
    expect(world.ask('ListTagsForCertificate', { CertificateArn }).Tags).toEqual([{ Key: 'a', Value: '1' }]);
    expect(world.refusal('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'aws:x' }] })).toMatch(/^InvalidTagException: /);
  });

  it('that were never imported make no listener', () => {
    const unknown = CertificateArn.replace(/.$/, 'x');
    const listener = { LoadBalancerArn: world.loadBalancer(), Protocol: 'HTTPS', Port: 443 };
    const DefaultActions = [{ Type: 'forward', TargetGroupArn: world.targetGroup() }];
    expect(world.refusal('CreateListener', { ...listener, DefaultActions, Certificates: [{ CertificateArn: unknown }] })).toBe(
      `CertificateNotFound: Certificate '${unknown}' not found`,
    );
  });
});
