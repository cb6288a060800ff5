import { execFile } from 'node:child_process';
import { generateKeyPair, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const newKeyPair = promisify(generateKeyPair);

export interface SignedCertificate {
  /** PEM */
  readonly body: string;
  /** PEM, in clear: it is sealed before it goes anywhere. */
  readonly privateKey: string;
}

const AUTHORITY_DAYS = 20 * 365;
/** As ACM's: 13 months. */
const CERTIFICATE_DAYS = 395;

/** Its own, so that nothing depends on the machine's openssl.cnf. */
const configFor = (names: readonly string[]) => `[req]
distinguished_name = empty
[empty]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = ${names.map((name) => `DNS:${name}`).join(', ')}
`;

/** Makes certificates with the distribution's `openssl`, as the launcher does (docs/adr/0005-tls-entry.md). */
export class Authority {
  private constructor(private readonly directory: string) {}

  /** `directory`: nobody else's, for the time that a certificate takes. Keys that a killed process left there go. */
  static async open(directory: string): Promise<Authority> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new Authority(directory);
  }

  makeAuthority(): Promise<SignedCertificate> {
    const lasting = ['-days', String(AUTHORITY_DAYS), '-extensions', 'authority'];
    return this.signed('EC_prime256v1', ['longshore.internal'], ['-subj', '/O=Longshore/CN=Longshore certificates', ...lasting]);
  }

  /** `names` are names of DNS in lower case, the first of at most 64 characters. */
  issue(issuer: SignedCertificate, names: readonly string[], keyAlgorithm: string): Promise<SignedCertificate> {
    const lasting = ['-days', String(CERTIFICATE_DAYS), '-extensions', 'server'];
    const by = ['-CA', 'issuer.pem', '-CAkey', 'issuer.key'];
    return this.signed(keyAlgorithm, names, ['-subj', `/CN=${names[0]}`, ...lasting, ...by], issuer);
  }

  private async signed(
    keyAlgorithm: string,
    names: readonly string[],
    args: readonly string[],
    issuer?: SignedCertificate,
  ): Promise<SignedCertificate> {
    const work = await mkdtemp(join(this.directory, 'issue-'));
    const put = (name: string, text: string) => writeFile(join(work, name), text, { mode: 0o600 });
    try {
      const privateKey = await newKey(keyAlgorithm);
      await put('openssl.cnf', configFor(names));
      await put('key.pem', privateKey);
      if (issuer) await Promise.all([put('issuer.pem', issuer.body), put('issuer.key', issuer.privateKey)]);
      await run(
        'openssl',
        ['req', '-x509', '-new', '-sha256', '-config', 'openssl.cnf', '-key', 'key.pem', '-out', 'out.pem', ...args],
        {
          cwd: work,
          timeout: 30_000,
        },
      );
      return { body: new X509Certificate(await readFile(join(work, 'out.pem'))).toString(), privateKey };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}

/** PKCS #8, PEM. */
async function newKey(keyAlgorithm: string): Promise<string> {
  const [kind, size = ''] = keyAlgorithm.split('_');
  const { privateKey } =
    kind === 'RSA' ? await newKeyPair('rsa', { modulusLength: Number(size) }) : await newKeyPair('ec', { namedCurve: size });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
