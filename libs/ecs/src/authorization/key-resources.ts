import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What a ciphertext of KMS begins with: the version of its form, and the UUID of its key. */
export const CIPHERTEXT_VERSION = 1;
export const CIPHERTEXT_HEADER_BYTES = 17;

/** The id of the key that a ciphertext says it is of; undefined: it is none of ours. */
export function keyIdOfCiphertext(base64: string): string | undefined {
  const header = Buffer.from(base64.slice(0, 24), 'base64').subarray(0, CIPHERTEXT_HEADER_BYTES);
  if (header.length < CIPHERTEXT_HEADER_BYTES || header[0] !== CIPHERTEXT_VERSION) return undefined;
  return header.toString('hex', 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * What an operation of KMS is about, as in https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html:
 * keys and aliases. Which key an alias leads to only its owner knows, so a use by alias is about the alias; what decrypts is about the key that
 * the ciphertext names, and refused when the caller names another.
 */
export function keyResourcesOf(input: Input, { accountId, region }: Scope): readonly Resource[] {
  const arnOf = (name: string) => {
    if (name.startsWith('arn:')) return name;
    return `arn:aws:kms:${region}:${accountId}:${name.startsWith('alias/') ? name : `key/${name}`}`;
  };
  const blob = text(input.CiphertextBlob);
  const source = (blob && keyIdOfCiphertext(blob)) ?? text(input.KeyId) ?? text(input.SourceKeyId);
  const named = [source, text(input.DestinationKeyId), text(input.TargetKeyId), text(input.AliasName)];
  return named.flatMap((name) => (name ? [{ arn: arnOf(name) }] : []));
}
