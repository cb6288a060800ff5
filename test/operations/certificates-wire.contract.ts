import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACMClient, ImportCertificateCommand, ResourceNotFoundException, DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceCatalog } from '#lib/aws-api';
import { type Rejection, refusable } from '#lib/kernel';
import { systemClock } from '#lib/platform';
import { type GivenInput, ImportedCertificates } from '../../apps/load-balancer/src/certificates/imported-certificates.js';
import { certificateQueries } from '../../apps/load-balancer/src/domain/certificates/certificate-reads.js';
import { certificateCommands } from '../../apps/load-balancer/src/domain/certificates/certificates.js';
import { type AwsEndpoint, awsEndpoint, KEYS, SCOPE } from '../support/aws-endpoint.js';
import { LoadBalancingWorld } from '../support/load-balancing-world.js';
import { selfSigned } from '../support/self-signed.js';

/** ACM's API as its users call it: the AWS CLI that the distribution ships, the JavaScript SDK, and Terraform's provider. */
describe('the wire of ACM’s API', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acm-'));
  const world = new LoadBalancingWorld(SCOPE);
  const certificates = new ImportedCertificates(Buffer.alloc(32, 1), systemClock);
  let endpoint: AwsEndpoint;
  let sdk: ACMClient;

  beforeAll(async () => {
    endpoint = await awsEndpoint('acm', (bus) => {
      for (const operation of new ServiceCatalog().named('acm')!.operationNames()) {
        if (operation in certificateQueries) {
          bus.on('acm', operation, ({ input }) => {
            const answer = world.query<object>(operation, input);
            return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
          });
        }
        if (operation in certificateCommands) {
          bus.on('acm', operation, ({ input }) => {
            if (operation !== 'ImportCertificate') return world.command(operation, input);
            const read = refusable(() => certificates.read(input as GivenInput));
            return 'ok' in read ? world.command(operation, read.ok) : read;
          });
        }
      }
    });
    sdk = new ACMClient({ endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
    rmSync(directory, { recursive: true });
  });

  const files = (name: string) => {
    const { body, privateKey } = selfSigned(name);
    const [certificate, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
    writeFileSync(certificate, body);
    writeFileSync(key, privateKey);
    return { body, arguments_: ['--certificate', `fileb://${certificate}`, '--private-key', `fileb://${key}`] };
  };

  it('is driven by the AWS CLI from import to renewal and deletion', async () => {
    const { body, arguments_ } = files('cli.example');
    const { CertificateArn } = await endpoint.aws('import-certificate', ...arguments_, '--tags', 'Key=a,Value=1');
    const named = ['--certificate-arn', CertificateArn];
    expect((await endpoint.aws('describe-certificate', ...named)).Certificate).toMatchObject({
      DomainName: 'cli.example',
      SubjectAlternativeNames: ['cli.example', '*.cli.example'],
      Status: 'ISSUED',
      Type: 'IMPORTED',
      KeyAlgorithm: 'EC_prime256v1',
    });
    expect(await endpoint.aws('get-certificate', ...named)).toEqual({ Certificate: body });
    expect((await endpoint.aws('list-tags-for-certificate', ...named)).Tags).toEqual([{ Key: 'a', Value: '1' }]);
    const list = ['list-certificates', '--includes', 'keyTypes=EC_prime256v1'];
    expect((await endpoint.aws(...list)).CertificateSummaryList).toMatchObject([{ CertificateArn }]);
    const renewed = await endpoint.aws('import-certificate', ...files('cli.example').arguments_, ...named);
    expect(renewed).toEqual({ CertificateArn });
    await endpoint.aws('delete-certificate', ...named);
    expect(await endpoint.refused('describe-certificate', ...named)).toContain('ResourceNotFoundException');
  }, 120_000);

  it('refuses a key that is another’s, in ACM’s class, and repeats nothing of it', async () => {
    const [one, two] = [selfSigned('one.example'), selfSigned('two.example')];
    const input = { Certificate: Buffer.from(one.body), PrivateKey: Buffer.from(two.privateKey) };
    const refused = await sdk.send(new ImportCertificateCommand(input)).catch((error: Error) => error);
    expect(refused).toMatchObject({
      name: 'ValidationException',
      message: 'The private key does not belong to the certificate.',
    });
  });

  /** What aws_acm_certificate reads, updates and deletes (terraform-provider-aws, internal/service/acm/certificate.go). */
  it('has what Terraform’s aws_acm_certificate with a private key asks for', async () => {
    const pem = selfSigned('terraform.example');
    const content = ({ body, privateKey }: typeof pem) => ({
      Certificate: Buffer.from(body),
      PrivateKey: Buffer.from(privateKey),
    });
    const { CertificateArn } = await sdk.send(new ImportCertificateCommand(content(pem)));
    const { Certificate } = await sdk.send(new DescribeCertificateCommand({ CertificateArn }));
    expect(Certificate).toMatchObject({
      Options: { CertificateTransparencyLoggingPreference: 'DISABLED' },
      RenewalEligibility: 'INELIGIBLE',
      NotAfter: expect.any(Date),
    });
    const again = await sdk.send(new ImportCertificateCommand({ CertificateArn, ...content(selfSigned('terraform.example')) }));
    expect(again.CertificateArn).toBe(CertificateArn);
    const gone = new DescribeCertificateCommand({ CertificateArn: CertificateArn!.replace(/.$/, 'x') });
    await expect(sdk.send(gone)).rejects.toThrow(ResourceNotFoundException);
  });
});
