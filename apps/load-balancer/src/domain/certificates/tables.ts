import { type Schema, type Scope, scopeKey, type Table } from '#lib/kernel';
import type { CertificateAuthority, CertificateRequest, ImportedCertificate } from './model.js';

/** The part of the `load-balancing` journal's state that is certificates. */
export interface CertificateTables {
  /** arn */
  readonly certificates: Table<ImportedCertificate>;
  /** arn */
  readonly certificateRequests: Table<CertificateRequest>;
  /** THE_AUTHORITY */
  readonly certificateAuthorities: Table<CertificateAuthority>;
}

export const certificateIndexes: Schema<CertificateTables> = {
  certificates: { scope: (certificate) => scopeKey(certificate) },
  certificateRequests: {
    scope: (request) => scopeKey(request),
    token: (request) => (request.idempotencyToken === undefined ? undefined : tokenKey(request, request.idempotencyToken)),
  },
  certificateAuthorities: {},
};

export const THE_AUTHORITY = 'installation';
export const tokenKey = (scope: Scope, token: string): string => `${scopeKey(scope)} ${token}`;
