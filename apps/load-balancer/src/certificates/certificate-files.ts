import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, unsealSecret } from '#lib/platform';
import type { ImportedCertificate } from '../domain/certificates/model.js';
import type { LoadBalancingState } from '../domain/state.js';
import type { CertificateFile } from '../proxy/tls.js';

/**
 * The PEM files that HAProxy reads: of the certificates that listeners have, for its owner alone. Each is named after what is in it, so one
 * that was renewed is another file, and that is a reason to reload.
 */
export class CertificateFiles {
  private readonly paths = new WeakMap<ImportedCertificate, string>();
  private before: ReadonlySet<string> = new Set();

  constructor(
    private readonly directory: string,
    private readonly masterKey: Uint8Array,
    private readonly logger: Logger,
  ) {}

  /** Writes what is missing, and takes away what neither this state nor the one before names: HAProxy may be starting with that. */
  of(state: LoadBalancingState): CertificateFile {
    const files = new Map<string, string>();
    for (const { certificates } of state.listeners.values()) {
      for (const { CertificateArn } of certificates) {
        const certificate = state.certificates.get(CertificateArn);
        const path = certificate && this.pathOf(certificate);
        if (path !== undefined) files.set(CertificateArn, path);
      }
    }
    const wanted = new Set(files.values());
    if (wanted.size > 0 || this.before.size > 0) this.removeOthers(new Set([...wanted, ...this.before]));
    this.before = wanted;
    return (arn) => files.get(arn);
  }

  private pathOf(certificate: ImportedCertificate): string | undefined {
    const known = this.paths.get(certificate);
    if (known !== undefined) return known;
    const { arn, fingerprint, sealedKey } = certificate;
    const key = unsealSecret(this.masterKey, fingerprint, sealedKey);
    if (key === undefined) {
      this.logger.error({ arn }, 'the key of a certificate was sealed with another master key; import the certificate again');
      return undefined;
    }
    try {
      const path = this.write(certificate, key);
      this.paths.set(certificate, path);
      return path;
    } catch (error) {
      // Its listeners say that they have none; all others go on, and the next change of the state tries again.
      this.logger.error({ err: error, arn }, 'a certificate cannot be written for HAProxy');
      return undefined;
    }
  }

  private write({ body, chain = '' }: ImportedCertificate, key: string): string {
    const pem = [body, chain, key]
      .filter((part) => part !== '')
      .map((part) => `${part.trim()}\n`)
      .join('');
    const path = join(this.directory, `${createHash('sha256').update(pem).digest('hex').slice(0, 32)}.pem`);
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, pem, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return path;
  }

  private removeOthers(keep: ReadonlySet<string>): void {
    for (const name of readdirSync(this.directory)) {
      const path = join(this.directory, name);
      if (!keep.has(path)) rmSync(path, { force: true });
    }
  }
}
