import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly body: string;
  readonly privateKey: string;
}

/** A certificate for `name` and its key, in PEM form; signed by `issuer`, or by itself. */
export function selfSigned(name: string, { days = 30, issuer }: { days?: number; issuer?: KeyPair } = {}): KeyPair {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [key, body] = [join(directory, 'key.pem'), join(directory, 'body.pem')];
  try {
    const signer = issuer ? ['-CA', join(directory, 'ca.pem'), '-CAkey', join(directory, 'ca.key')] : [];
    const arguments_ = [
      'req',
      '-x509',
      '-nodes',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-subj',
      `/O=Longshore/CN=${name}`,
    ];
    if (issuer) {
      writeFileSync(join(directory, 'ca.pem'), issuer.body);
      writeFileSync(join(directory, 'ca.key'), issuer.privateKey);
    }
    execFileSync(
      'openssl',
      [
        ...arguments_,
        '-addext',
        `subjectAltName=DNS:${name},DNS:*.${name}`,
        '-days',
        String(days),
        '-keyout',
        key,
        '-out',
        body,
        ...signer,
      ],
      { stdio: 'pipe' },
    );
    return { body: readFileSync(body, 'utf8'), privateKey: readFileSync(key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
