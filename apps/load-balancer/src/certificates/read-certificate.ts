import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '../domain/certificates/model.js';
import { refusals } from '../domain/certificates/refusals.js';

/** As ImportCertificate has them: PEM texts. */
export interface GivenCertificate {
  readonly body: string;
  readonly chain?: string;
  readonly privateKey: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** One command is one message of the journal; a chain has two or three certificates. */
const LONGEST_CHAIN = 64 * 1024;

/** What a certificate says of itself; refuses what no listener could serve. */
export function readCertificate({ body, chain, privateKey }: GivenCertificate, at: Date): CertificateFacts {
  const [first, ...more] = parse('certificate', body);
  if (!first) throw refusals.validation('The certificate field contains no certificate in PEM form.');
  if (more.length > 0) {
    throw refusals.validation(
      'The certificate field contains more than one certificate. You can specify only one certificate in this field; the others belong in the certificate chain.',
    );
  }
  checkDates(first, at);
  checkKey(first, privateKey);
  if (chain !== undefined) checkChain(first, chain);
  const names = alternativeNames(first);
  return {
    domainName: commonName(first.subject) ?? names[0] ?? first.subject,
    subjectAlternativeNames: names.length > 0 ? names : [commonName(first.subject) ?? first.subject],
    serial: first.serialNumber
      .toLowerCase()
      .replace(/^(?=(..)*.$)/, '0')
      .match(/../g)!
      .join(':'),
    subject: oneLine(first.subject),
    issuer: oneLine(first.issuer),
    notBefore: new Date(first.validFrom).toISOString(),
    notAfter: new Date(first.validTo).toISOString(),
    keyAlgorithm: algorithmOf(first.publicKey),
    fingerprint: first.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

function parse(field: string, pem: string): readonly X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((text) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      throw refusals.validation(`The ${field} is not a valid X.509 certificate: ${(error as Error).message}`);
    }
  });
}

function checkDates({ validFrom, validTo }: X509Certificate, at: Date): void {
  if (new Date(validTo) <= at) throw refusals.validation('The certificate has expired.');
  if (new Date(validFrom) > at) throw refusals.validation('The certificate is not valid yet.');
}

function checkKey(certificate: X509Certificate, pem: string): void {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // What OpenSSL says of it could repeat some of it.
    throw refusals.validation('The private key is not one in PEM form without a passphrase.');
  }
  if (!certificate.checkPrivateKey(key)) throw refusals.validation('The private key does not belong to the certificate.');
}

function checkChain(certificate: X509Certificate, pem: string): void {
  if (pem.length > LONGEST_CHAIN) throw refusals.validation(`The certificate chain may have at most ${LONGEST_CHAIN} bytes.`);
  const chain = parse('certificate chain', pem);
  if (chain.length === 0) throw refusals.validation('The certificate chain contains no certificate in PEM form.');
  let issued = certificate;
  for (const issuer of chain) {
    if (!issued.checkIssued(issuer) || !issued.verify(issuer.publicKey)) {
      throw refusals.validation('Could not validate the certificate with the certificate chain.');
    }
    issued = issuer;
  }
}

const oneLine = (name: string): string => name.split('\n').join(',');

const commonName = (subject: string): string | undefined => /^CN=(.+)$/m.exec(subject)?.[1];

const alternativeNames = ({ subjectAltName = '' }: X509Certificate): readonly string[] =>
  [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,"\s]+)/g)].map(([, name]) => name!);

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return `RSA_${asymmetricKeyDetails!.modulusLength}`;
  if (asymmetricKeyType === 'ec') return `EC_${asymmetricKeyDetails!.namedCurve}`;
  throw refusals.validation(`The certificate has a key of type ${asymmetricKeyType}; RSA and elliptic curves are supported.`);
}
