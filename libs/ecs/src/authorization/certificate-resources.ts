import type { Input, Resource } from './resource.js';

/** As in https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html: the certificate that is named. */
export const certificateResourcesOf = ({ CertificateArn: arn }: Input): readonly Resource[] =>
  typeof arn === 'string' && arn !== '' ? [{ arn }] : [];
