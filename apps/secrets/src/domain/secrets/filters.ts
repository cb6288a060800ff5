import type { Secret } from '../model.js';
import { refusals } from './refusals.js';

export interface SecretFilter {
  readonly Key?: string;
  readonly Values?: readonly string[];
}

type Match = (secret: Secret, value: string) => boolean;

const begins = (text: string | undefined, prefix: string) => text?.startsWith(prefix) === true;
const beginsInAnyCase = (text: string | undefined, prefix: string) => begins(text?.toLowerCase(), prefix.toLowerCase());
/** Any word of the text, in either case: https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html */
const hasWords = (text: string | undefined, words: string) =>
  words.split(/\s+/).every((word) => (text ?? '').split(/[\s/_+=.@!-]+/).some((one) => beginsInAnyCase(one, word)));

const MATCHES: Readonly<Record<string, Match>> = {
  name: ({ name }, value) => begins(name, value),
  description: ({ description }, value) => hasWords(description, value),
  'tag-key': ({ tags }, value) => Object.keys(tags).some((key) => begins(key, value)),
  'tag-value': ({ tags }, value) => Object.values(tags).some((text) => begins(text, value)),
  // Secrets live where they were made, and belong to no service.
  'primary-region': ({ region }, value) => begins(region, value),
  'owning-service': () => false,
  all: ({ name, description, tags }, value) =>
    [name, description, ...Object.entries(tags).flat()].some((text) => hasWords(text, value) || beginsInAnyCase(text, value)),
};

/** Throws what is no filter. */
export function checkFilters(filters: readonly SecretFilter[]): void {
  for (const { Key, Values } of filters) {
    if (Key === undefined) throw refusals.badFilterKey();
    if (!Values?.length) throw refusals.badFilterValues(Key);
  }
}

/** All filters, of each any value; one that begins with `!` takes away. */
export const isAsked = (secret: Secret, filters: readonly SecretFilter[]): boolean =>
  filters.every(({ Key = '', Values = [] }) => {
    const matches = MATCHES[Key] ?? (() => false);
    return Values.some((value) => (value.startsWith('!') ? !matches(secret, value.slice(1)) : matches(secret, value)));
  });
