import { LoadBalancingWorld } from '../../../../../test/support/load-balancing-world.js';

const REQUEST = { DomainName: 'Example.com', SubjectAlternativeNames: ['*.example.com', 'example.com'], ValidationMethod: 'DNS' };
const DAY_MS = 86_400_000;

class RequestWorld extends LoadBalancingWorld {
  request(more: object = {}): string {
    return this.ok('RequestCertificate', { ...REQUEST, ...more }).CertificateArn;
  }

  described(CertificateArn: string): any {
    return this.ask('DescribeCertificate', { CertificateArn }).Certificate;
  }

  /** The records that the certificate asks for, in a zone of its domain. */
  validate(arn: string): void {
    const zone = this.ok('CreateHostedZone', { Name: 'example.com', CallerReference: 'a', dnsSuffix: 'here' }).HostedZone.Id;
    const records = new Map<string, string>();
    for (const { ResourceRecord } of this.described(arn).DomainValidationOptions)
      records.set(ResourceRecord.Name, ResourceRecord.Value);
    const Changes = [...records].map(([Name, Value]) => ({
      Action: 'CREATE',
      ResourceRecordSet: { Name, Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value }] },
    }));
    this.ok('ChangeResourceRecordSets', { HostedZoneId: zone, ChangeBatch: { Changes } });
  }

  issue(arn: string, days = 395): readonly string[] {
    const facts = {
      domainName: 'example.com',
      subjectAlternativeNames: ['example.com', '*.example.com'],
      serial: '01',
      subject: 'CN=example.com',
      issuer: 'CN=Longshore certificates',
      notBefore: new Date(this.now).toISOString(),
      notAfter: new Date(this.now + days * DAY_MS).toISOString(),
      keyAlgorithm: 'RSA_2048',
      fingerprint: 'f',
    };
    return this.eventsOf('RecordIssuedCertificate', {
      arn,
      ...facts,
      body: 'the certificate',
      chain: 'the authority',
      sealedKey: 'sealed',
    });
  }
}

describe('certificates that are requested', () => {
  let world: RequestWorld;
  beforeEach(() => {
    world = new RequestWorld();
  });

  it('tell which records show whose the names are: one for a domain and its wildcard', () => {
    const certificate = world.described(world.request({ Tags: [{ Key: 'a', Value: 'b' }] }));
    expect(certificate).toMatchObject({
      DomainName: 'example.com',
      SubjectAlternativeNames: ['example.com', '*.example.com'],
      Status: 'PENDING_VALIDATION',
      Type: 'AMAZON_ISSUED',
      KeyAlgorithm: 'RSA_2048',
      Options: { CertificateTransparencyLoggingPreference: 'ENABLED' },
    });
    const [own, wild] = certificate.DomainValidationOptions;
    expect(own).toMatchObject({
      DomainName: 'example.com',
      ValidationMethod: 'DNS',
      ValidationStatus: 'PENDING_VALIDATION',
      ResourceRecord: {
        Name: expect.stringMatching(/^_[0-9a-f]{32}\.example\.com\.$/),
        Type: 'CNAME',
        Value: expect.stringMatching(/^_[0-9a-f]{32}\.acm-validations\.aws\.$/),
      },
    });
    expect(wild.ResourceRecord).toEqual(own.ResourceRecord);
    expect(world.ask('ListTagsForCertificate', { CertificateArn: certificate.CertificateArn }).Tags).toEqual([
      { Key: 'a', Value: 'b' },
    ]);
    expect(world.refusal('GetCertificate', { CertificateArn: certificate.CertificateArn })).toMatch(
      /^RequestInProgressException: /,
    );
  });

  it('are issued when DNS has the records, and not before', () => {
    const arn = world.request();
    expect(world.issue(arn)).toEqual([]);
    world.validate(arn);
    expect(world.issue(arn)).toEqual(['CertificateIssued']);
    expect(world.described(arn)).toMatchObject({
      Status: 'ISSUED',
      Issuer: 'CN=Longshore certificates',
      DomainValidationOptions: [{ ValidationStatus: 'SUCCESS' }, { ValidationStatus: 'SUCCESS' }],
    });
    expect(world.ask('GetCertificate', { CertificateArn: arn })).toEqual({
      Certificate: 'the certificate',
      CertificateChain: 'the authority',
    });
    const listed = world.ask('ListCertificates', { CertificateStatuses: ['ISSUED'] }).CertificateSummaryList;
    expect(listed).toMatchObject([{ CertificateArn: arn, Type: 'AMAZON_ISSUED', Status: 'ISSUED' }]);
    world.listener(world.loadBalancer(), world.targetGroup(), {
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn: arn }],
    });
    expect(world.refusal('DeleteCertificate', { CertificateArn: arn })).toMatch(/^ResourceInUseException: /);
  });

  it('are issued again within 60 days of their end', () => {
    const arn = world.request();
    world.validate(arn);
    world.issue(arn, 90);
    expect(world.issue(arn)).toEqual([]);
    world.now += 31 * DAY_MS;
    expect(world.issue(arn)).toEqual(['CertificateIssued']);
  });

  it('wait for 72 hours', () => {
    const arn = world.request();
    world.now += 73 * 3_600_000;
    expect(world.described(arn)).toMatchObject({
      Status: 'VALIDATION_TIMED_OUT',
      DomainValidationOptions: [{ ValidationStatus: 'FAILED' }, {}],
    });
    world.validate(arn);
    expect(world.issue(arn)).toEqual([]);
  });

  it('are the same for the same token, and listed beside imported ones', () => {
    const arn = world.request({ IdempotencyToken: 'once' });
    expect(world.request({ IdempotencyToken: 'once' })).toBe(arn);
    expect(world.request({ IdempotencyToken: 'twice' })).not.toBe(arn);
    const imported = world.certificate('web.example');
    const all = world.ask('ListCertificates').CertificateSummaryList.map(({ CertificateArn }: any) => CertificateArn);
    expect(all).toHaveLength(3);
    expect(all).toEqual(expect.arrayContaining([arn, imported]));
    expect(all[0] < all[1] && all[1] < all[2]).toBe(true);
    world.ok('DeleteCertificate', { CertificateArn: arn });
    expect(world.refusal('DescribeCertificate', { CertificateArn: arn })).toMatch(/^ResourceNotFoundException: /);
  });

  it.each([
    [{ ValidationMethod: 'EMAIL' }, /^ValidationException: Longshore sends no mail/],
    [{ ValidationMethod: undefined }, /^ValidationException: /],
    [{ DomainName: 'localhost' }, /^InvalidDomainValidationOptionsException: /],
    [{ DomainName: 'a b.com' }, /^InvalidDomainValidationOptionsException: /],
    [{ DomainName: 'www.*.com' }, /^InvalidDomainValidationOptionsException: /],
    [{ KeyAlgorithm: 'RSA_1024' }, /^ValidationException: The key algorithm/],
    [{ SubjectAlternativeNames: Array.from({ length: 10 }, (_, i) => `n${i}.example.com`) }, /^LimitExceededException: /],
  ])('are refused with a sentence: %p', (more, sentence) => {
    expect(world.refusal('RequestCertificate', { ...REQUEST, ...more })).toMatch(sentence);
  });

  it('are not imported over', () => {
    const arn = world.request();
    expect(() => world.certificate('web.example', arn)).toThrow(/was requested/);
  });
});
