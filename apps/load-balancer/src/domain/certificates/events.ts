import type { ImportedCertificate } from './model.js';

/** Of the `load-balancing` journal. Tags of certificates change by `ResourceTagged` and `ResourceUntagged`. */
export interface CertificateEvents {
  CertificateImported: Omit<ImportedCertificate, 'createdAt' | 'importedAt'>;
  /** Under the same ARN: listeners go on with the new one. */
  CertificateRenewed: Omit<ImportedCertificate, 'createdAt' | 'importedAt' | 'tags' | 'accountId' | 'region'>;
  CertificateDeleted: { readonly arn: ImportedCertificate['arn'] };
}
