import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Authority } from './authority.js';
import { readCertificate } from './read-certificate.js';

describe('the authority of an installation', () => {
  const directory = mkdtempSync(join(tmpdir(), 'authority-'));
  let authority: Authority;
  beforeAll(async () => {
    authority = await Authority.open(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(['RSA_2048', 'EC_prime256v1', 'EC_secp384r1'])(
    'issues what listeners can serve and clients verify: %s',
    async (algorithm) => {
      const issuer = await authority.makeAuthority();
      const made = await authority.issue(issuer, ['web.example', '*.web.example'], algorithm);
      const facts = readCertificate({ ...made, chain: issuer.body }, new Date());
      expect(facts).toMatchObject({
        domainName: 'web.example',
        subjectAlternativeNames: ['web.example', '*.web.example'],
        issuer: 'O=Longshore,CN=Longshore certificates',
        keyAlgorithm: algorithm,
      });
      expect(Date.parse(facts.notAfter) - Date.parse(facts.notBefore)).toBe(395 * 86_400_000);
      expect(new X509Certificate(made.body).checkHost('a.web.example')).toBe('*.web.example');
      expect(new X509Certificate(issuer.body).ca).toBe(true);
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  it('keeps no key that a killed process left', async () => {
    writeFileSync(join(mkdtempSync(join(directory, 'issue-')), 'issuer.key'), 'a key');
    await Authority.open(directory);
    expect(readdirSync(directory)).toEqual([]);
  });
});
