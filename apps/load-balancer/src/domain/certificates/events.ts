import type { CertificateAuthority, CertificateRequest, ImportedCertificate } from './model.js';

/** Of the `load-balancing` journal. Tags of certificates change by `ResourceTagged` and `ResourceUntagged`. */
export interface CertificateEvents {
  CertificateImported: Omit<ImportedCertificate, 'createdAt' | 'importedAt'>;
  /** Under the same ARN: listeners go on with the new one. */
  CertificateRenewed: Omit<ImportedCertificate, 'createdAt' | 'importedAt' | 'tags' | 'accountId' | 'region'>;
  CertificateRequested: Omit<CertificateRequest, 'createdAt'>;
  /** For the request of that ARN, the first time or again before it expires. */
  CertificateIssued: Omit<ImportedCertificate, 'createdAt' | 'importedAt' | 'tags' | 'accountId' | 'region'>;
  /** Once for an installation. */
  CertificateAuthorityMade: CertificateAuthority;
  CertificateDeleted: { readonly arn: ImportedCertificate['arn'] };
}
