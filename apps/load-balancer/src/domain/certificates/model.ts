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

/** A certificate for HTTPS and TLS listeners: one that a user gave, or one that was issued for a `CertificateRequest` of the same ARN. */
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

/** What a user asked ACM for. It has the tags of the certificate that is issued for it. */
export interface CertificateRequest extends Scope {
  readonly arn: CertificateArn;
  readonly domainName: string;
  /** With `domainName`, which is the first. */
  readonly subjectAlternativeNames: readonly string[];
  readonly keyAlgorithm: string;
  readonly idempotencyToken?: string;
  /** Of each name: the record that shows that it is its owner's. */
  readonly validations: readonly DomainValidation[];
  readonly options: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

/** `name` is to be an alias of `value` in DNS; both without a dot at the end. */
export interface DomainValidation {
  readonly domainName: string;
  readonly name: string;
  readonly value: string;
}

/** Who signs what is issued: one for the installation. */
export interface CertificateAuthority {
  /** PEM */
  readonly body: string;
  readonly fingerprint: string;
  /** Sealed for the fingerprint. */
  readonly sealedKey: string;
}
