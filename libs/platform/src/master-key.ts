import { readFileSync } from 'node:fs';
import { ConfigError } from './base-config.js';
import { MASTER_KEY_BYTES } from './seal.js';

/** The installation's master key: a file with 32 bytes as hex digits, readable by the control plane only. */
export function readMasterKey(path: string): Buffer {
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (key.length !== MASTER_KEY_BYTES) throw new ConfigError(`${path} does not hold ${MASTER_KEY_BYTES} bytes as hex digits`);
  return key;
}
