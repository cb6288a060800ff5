import { type Schema, scopeKey, type Table } from '#lib/kernel';
import type { ImportedCertificate } from './model.js';

/** The part of the `load-balancing` journal's state that is certificates. */
export interface CertificateTables {
  /** arn */
  readonly certificates: Table<ImportedCertificate>;
}

export const certificateIndexes: Schema<CertificateTables> = { certificates: { scope: (certificate) => scopeKey(certificate) } };
