import { type Evolvers, required } from '#lib/kernel';
import type { CertificateEvents } from './events.js';
import { type CertificateTables, THE_AUTHORITY } from './tables.js';

export const certificateEvolvers: Evolvers<CertificateTables, CertificateEvents> = {
  CertificateImported: ({ certificates }, data, { at }) => certificates.put(data.arn, { ...data, createdAt: at, importedAt: at }),
  CertificateRenewed: ({ certificates }, data, { at }) => {
    // A renewed certificate without a chain has none, whatever the one before had.
    const { chain: _before, ...kept } = required(certificates, data.arn, 'certificate');
    certificates.put(data.arn, { ...kept, ...data, importedAt: at });
  },
  CertificateRequested: ({ certificateRequests }, data, { at }) => certificateRequests.put(data.arn, { ...data, createdAt: at }),
  CertificateIssued: ({ certificates, certificateRequests }, data, { at }) => {
    const { accountId, region, createdAt } = required(certificateRequests, data.arn, 'certificate request');
    certificates.put(data.arn, { ...data, accountId, region, tags: [], createdAt, importedAt: at });
  },
  CertificateAuthorityMade: ({ certificateAuthorities }, data) => certificateAuthorities.put(THE_AUTHORITY, data),
  CertificateDeleted: ({ certificates, certificateRequests }, { arn }) => {
    certificates.delete(arn);
    certificateRequests.delete(arn);
  },
};
