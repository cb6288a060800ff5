import { generateKeyPairSync } from 'node:crypto';
import { selfSigned } from '../../../../test/support/self-signed.js';
import { readCertificate } from './read-certificate.js';

describe('a certificate that is imported', () => {
  const authority = selfSigned('authority.example');
  const own = selfSigned('web.example', { issuer: authority });
  // Certificates begin with the second in which they are made.
  const now = new Date();
  const refusal = (given: Parameters<typeof readCertificate>[0], at = now) => {
    try {
      readCertificate(given, at);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is read in ACM’s words', () => {
    const facts = readCertificate({ ...own, chain: authority.body }, now);
    expect(facts).toMatchObject({
      domainName: 'web.example',
      subjectAlternativeNames: ['web.example', '*.web.example'],
      subject: 'O=Longshore,CN=web.example',
      issuer: 'O=Longshore,CN=authority.example',
      keyAlgorithm: 'EC_prime256v1',
      serial: expect.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(Date.parse(facts.notAfter) - Date.parse(facts.notBefore)).toBe(30 * 86_400_000);
  });

  it.each<[string, () => string | undefined, RegExp]>([
    ['no PEM', () => refusal({ ...own, body: 'nothing' }), /no certificate in PEM form/],
    ['garbage in PEM', () => refusal({ ...own, body: own.body.replace(/\nMII/, '\nAAA') }), /not a valid X\.509 certificate/],
    ['two certificates', () => refusal({ ...own, body: own.body + authority.body }), /more than one certificate/],
    ['one that is over', () => refusal(own, new Date(now.getTime() + 31 * 86_400_000)), /has expired/],
    ['one that is to come', () => refusal(own, new Date(now.getTime() - 86_400_000)), /not valid yet/],
    ['no key', () => refusal({ ...own, privateKey: 'nothing' }), /not one in PEM form/],
    ['the key of another', () => refusal({ ...own, privateKey: authority.privateKey }), /does not belong/],
    ['another chain', () => refusal({ ...own, chain: selfSigned('authority.example').body }), /Could not validate/],
  ])('is refused with a sentence: %s', (_what, refused, sentence) => {
    expect(refused()).toMatch(sentence);
  });

  it('is refused with a key that has a passphrase, and nothing of the key is repeated', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
    expect(refusal({ ...own, privateKey: locked })).toBe('The private key is not one in PEM form without a passphrase.');
  });
});
