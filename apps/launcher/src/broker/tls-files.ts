import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BROKER_TLS_NAME } from '#lib/messaging';
import { findProgram, lastLine, run } from '../host/command.js';
import { installPackages } from '../host/debian.js';
import { UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';

const DAY_MS = 86_400_000;
const CA_DAYS = 20 * 365;
const BROKER_DAYS = 5 * 365;
/** A supervisor may run for years, and the broker's certificate is renewed only when it starts. */
const RENEW_DAYS_BEFORE = 3 * 365;

/**
 * Makes what is missing: the installation's certificate authority, whose certificate every token carries, and the broker's
 * certificate. Its name is fixed, so that addresses, NAT and DNS may change: what a host trusts is this authority, which signs
 * nothing else. Neither key leaves the secrets directory.
 */
export async function ensureTlsFiles(layout: Layout, now: number): Promise<void> {
  const { caKey, caCertificate, key, certificate } = layout.tls;
  if (!existsSync(caCertificate)) await makeAuthority(layout);
  const current = existsSync(certificate) && existsSync(key) ? new X509Certificate(readFileSync(certificate)) : undefined;
  const authority = new X509Certificate(readFileSync(caCertificate));
  const lasts = current && Date.parse(current.validTo) - now > RENEW_DAYS_BEFORE * DAY_MS;
  if (lasts && current.verify(authority.publicKey)) return;
  await inWorkDirectory(layout, async (work) => {
    await openssl(work, ['req', '-new', ...NEW_KEY, '-keyout', 'key', '-out', 'request', '-subj', `/CN=${BROKER_TLS_NAME}`]);
    const signing = ['-CA', caCertificate, '-CAkey', caKey, '-set_serial', `0x${process.hrtime.bigint().toString(16)}`];
    const lasting = ['-days', String(BROKER_DAYS), '-extfile', CONFIG, '-extensions', 'broker'];
    await openssl(work, ['x509', '-req', '-in', 'request', '-out', 'certificate', ...signing, ...lasting]);
    renameSync(join(work, 'key'), key);
    renameSync(join(work, 'certificate'), certificate);
  });
}

/** Its own, so that nothing depends on the machine's openssl.cnf. */
const CONFIG = 'openssl.cnf';
const CONFIG_TEXT = `[req]
distinguished_name = empty
[empty]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[broker]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:${BROKER_TLS_NAME}
authorityKeyIdentifier = keyid
`;
const NEW_KEY = ['-config', CONFIG, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

async function makeAuthority(layout: Layout): Promise<void> {
  await inWorkDirectory(layout, async (work) => {
    const self = ['req', '-x509', ...NEW_KEY, '-keyout', 'key', '-out', 'certificate', '-days', String(CA_DAYS)];
    await openssl(work, [...self, '-subj', '/CN=Longshore installation', '-extensions', 'authority']);
    // The certificate last: with it the authority counts as made.
    renameSync(join(work, 'key'), layout.tls.caKey);
    renameSync(join(work, 'certificate'), layout.tls.caCertificate);
  });
}

/** Keys come into being inside the secrets directory, which only its owner may enter. */
async function inWorkDirectory(layout: Layout, make: (work: string) => Promise<void>): Promise<void> {
  const work = join(layout.secrets, 'tls-work');
  // A launcher that was killed has left it; two never do this at once.
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o700 });
  writeFileSync(join(work, CONFIG), CONFIG_TEXT);
  try {
    await make(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function openssl(cwd: string, args: readonly string[]): Promise<void> {
  if (!findProgram('openssl')) await installPackages(['openssl'], 'make the certificate that other hosts verify');
  const { code, output } = await run(findProgram('openssl')!, args, { cwd });
  if (code !== 0) throw new UserFault(`openssl ${args[0]} failed: ${lastLine(output)}`);
}
