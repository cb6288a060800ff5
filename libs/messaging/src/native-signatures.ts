import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import nkeys from '@nats-io/nkeys/lib/nacl.js';

/** What comes before the seed in an Ed25519 key's PKCS #8 form, and before the public key in its SubjectPublicKeyInfo (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const SEED_BYTES = 32;

const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });

function keyPairOf(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const publicKey = createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  return { publicKey: new Uint8Array(publicKey), secretKey: new Uint8Array(Buffer.concat([seed, publicKey])) };
}

const signatureOf = (message: Uint8Array, secretKey: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, message, privateKeyOf(secretKey.subarray(0, SEED_BYTES))));

const isSignatureOf = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean =>
  verify(null, message, createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' }), signature);

/**
 * NATS's users sign the server's nonce whenever they connect, and the launcher signs every user at each start, with an Ed25519 that is written in
 * JavaScript: 60 to 90 ms for the first signature of a process, 20 for each one more. The same keys and signatures, by OpenSSL, take less than one.
 */
export function signNatively(): void {
  const { sign: signing } = nkeys.default;
  signing.keyPair.fromSeed = keyPairOf;
  signing.detached = Object.assign(signatureOf, { verify: isSignatureOf });
}
