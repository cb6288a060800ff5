import { type Evolvers, required } from '#lib/kernel';
import type { CertificateEvents } from './events.js';
import type { CertificateTables } from './tables.js';

export const certificateEvolvers: Evolvers<CertificateTables, CertificateEvents> = {
  CertificateImported: ({ certificates }, data, { at }) => certificates.put(data.arn, { ...data, createdAt: at, importedAt: at }),
  CertificateRenewed: ({ certificates }, data, { at }) => {
    // A renewed certificate without a chain has none, whatever the one before had.
    const { chain: _before, ...kept } = required(certificates, data.arn, 'certificate');
    certificates.put(data.arn, { ...kept, ...data, importedAt: at });
  },
  CertificateDeleted: ({ certificates }, { arn }) => certificates.delete(arn),
};
