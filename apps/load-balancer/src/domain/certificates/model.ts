import type { Brand, Scope } from '#lib/kernel';
import type { Instant, Tag } from '../model.js';

export type CertificateArn = Brand<string, 'CertificateArn'>;

/** What an X.509 certificate says of itself, in ACM's words; read once, when it is imported. */
export interface CertificateFacts {
  readonly domainName: string;
  readonly subjectAlternativeNames: readonly string[];
  /** Pairs of hex digits with colons. */
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** As ACM names them: `RSA_2048`, `EC_prime256v1`. */
  readonly keyAlgorithm: string;
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
}

/** A certificate that a user gave, for HTTPS and TLS listeners. */
export interface ImportedCertificate extends Scope, CertificateFacts {
  readonly arn: CertificateArn;
  /** PEM; of the certificate alone. */
  readonly body: string;
  /** PEM: the issuers in between. */
  readonly chain?: string;
  /** Sealed for the certificate's fingerprint before it becomes part of a command: the journal never sees it in clear. */
  readonly sealedKey: string;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
  /** Later than `createdAt` when it was renewed. */
  readonly importedAt: Instant;
}
