import { createHash } from 'node:crypto';
import { refuse } from '#lib/kernel';
import { created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues } from './filters.js';
import { idOf, type KeyPair } from './model.js';
import type { Network } from './network.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

const MOST_KEY_PAIRS = 5_000;

interface ImportInput {
  readonly KeyName?: string;
  /** Base64, as blobs are in messages. */
  readonly PublicKeyMaterial?: string;
  readonly TagSpecifications?: readonly TagSpecification[];
}

const named = (network: Network, name: string) => network.all('key-pair').find(({ keyName }) => keyName === name);

/** `ssh-rsa AAAA… comment`, and how AWS tells it: MD5 of RSA keys, SHA-256 of others. */
function keyOf(material: string): Pick<KeyPair, 'publicKey' | 'keyType' | 'fingerprint'> {
  const publicKey = Buffer.from(material, 'base64').toString().trim();
  const [, kind, blob] = /^(ssh-rsa|ssh-ed25519) ([A-Za-z0-9+/]+=*)( |$)/.exec(publicKey) ?? [];
  if (!blob) throw refuse('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
  const bytes = Buffer.from(blob, 'base64');
  if (kind === 'ssh-ed25519')
    return { publicKey, keyType: 'ed25519', fingerprint: createHash('sha256').update(bytes).digest('base64') };
  const fingerprint = createHash('md5')
    .update(bytes)
    .digest('hex')
    .replaceAll(/..(?=.)/g, '$&:');
  return { publicKey, keyType: 'rsa', fingerprint };
}

/** Keys are kept and told: who may log in to a host is what its owner says. */
const importKeyPair = change<ImportInput>(
  (network, input, context) => {
    const { accountId, region, at: createdAt } = context;
    const keyName = required(input.KeyName, 'KeyName');
    if (keyName.length > 255) throw refusals.invalid(keyName.slice(0, 50), 'KeyName', 'A name has at most 255 characters.');
    if (named(network, keyName)) throw refuse('InvalidKeyPair.Duplicate', `The keypair '${keyName}' already exists.`);
    if (network.all('key-pair').length >= MOST_KEY_PAIRS) throw refusals.limit('KeyPairLimitExceeded', 'key pairs');
    const key = keyOf(required(input.PublicKeyMaterial, 'PublicKeyMaterial'));
    const tags = tagsFor('key-pair', input.TagSpecifications);
    return [
      created({
        accountId,
        region,
        kind: 'key-pair',
        id: idOf('key-pair', context.id('key-pair')),
        tags,
        keyName,
        ...key,
        createdAt,
      }),
    ];
  },
  (_network, _input, events) => {
    const pair = (events.at(-1)!.data as { resource: KeyPair }).resource;
    return { KeyName: pair.keyName, KeyPairId: pair.id, KeyFingerprint: pair.fingerprint, Tags: tagList(pair.tags) };
  },
);

interface NamesKeyPair {
  readonly KeyName?: string;
  readonly KeyPairId?: string;
}

/** One that is not there is deleted, as on EC2. */
const deleteKeyPair = change<NamesKeyPair>((network, { KeyName, KeyPairId }) => {
  const found = network
    .all('key-pair')
    .find(({ id, keyName }) => (KeyPairId === undefined ? keyName === required(KeyName, 'KeyName') : id === KeyPairId));
  return found ? [deleted(found)] : [];
});

const FILTERS: FilterValues<KeyPair> = {
  fingerprint: ({ fingerprint }) => fingerprint,
  'key-name': ({ keyName }) => keyName,
  'key-pair-id': ({ id }) => id,
};

interface DescribeKeyPairsInput extends Pick<DescribeInput, 'Filters'> {
  readonly KeyNames?: readonly string[];
  readonly KeyPairIds?: readonly string[];
  readonly IncludePublicKey?: boolean;
}

const describeKeyPairs = read<DescribeKeyPairsInput>((network, { KeyNames = [], KeyPairIds, Filters, IncludePublicKey }) => {
  const missing = KeyNames.find((name) => !named(network, name));
  if (missing !== undefined) throw refuse('InvalidKeyPair.NotFound', `The key pair '${missing}' does not exist`);
  const { items } = described(network, 'key-pair', KeyPairIds, Filters ? { Filters } : {}, FILTERS);
  return {
    KeyPairs: items
      .filter(({ keyName }) => KeyNames.length === 0 || KeyNames.includes(keyName))
      .map(({ id, keyName, keyType, fingerprint, publicKey, createdAt, tags }) => ({
        KeyPairId: id,
        KeyName: keyName,
        KeyType: keyType,
        KeyFingerprint: fingerprint,
        ...(IncludePublicKey ? { PublicKey: publicKey } : {}),
        CreateTime: createdAt,
        Tags: tagList(tags),
      })),
  };
});

export const keyPairCommands: CommandRules = { ImportKeyPair: importKeyPair, DeleteKeyPair: deleteKeyPair };
export const keyPairQueries: QueryRules = { DescribeKeyPairs: describeKeyPairs };
