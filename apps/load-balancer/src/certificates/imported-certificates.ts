import { type Clock, sealSecret } from '#lib/platform';
import type { ImportInput } from '../domain/certificates/certificates.js';
import type { Tag } from '../domain/model.js';
import { readCertificate } from './read-certificate.js';

/** ImportCertificate's, with base64 in the place of blobs. */
export interface GivenInput {
  readonly CertificateArn?: string;
  readonly Certificate: string;
  readonly PrivateKey: string;
  readonly CertificateChain?: string;
  readonly Tags?: readonly Tag[];
}

const textOf = (blob: string): string => Buffer.from(blob, 'base64').toString('utf8');

/** Makes of what a user gives what the journal may have: the key is sealed, for this certificate and no other. */
export class ImportedCertificates {
  constructor(
    private readonly masterKey: Uint8Array,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  read({ CertificateArn, Certificate, PrivateKey, CertificateChain, Tags }: GivenInput): ImportInput {
    const [body, privateKey] = [textOf(Certificate), textOf(PrivateKey)];
    const chain = CertificateChain === undefined ? undefined : textOf(CertificateChain);
    const facts = readCertificate({ body, privateKey, ...(chain === undefined ? {} : { chain }) }, new Date(this.clock.now()));
    return {
      ...(CertificateArn === undefined ? {} : { CertificateArn }),
      ...(Tags === undefined ? {} : { Tags }),
      facts,
      body,
      ...(chain === undefined ? {} : { chain }),
      sealedKey: sealSecret(this.masterKey, facts.fingerprint, privateKey),
    };
  }
}
