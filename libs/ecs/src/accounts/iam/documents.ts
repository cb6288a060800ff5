import { statementsIn } from '#lib/access';
import { iamRefusals, required } from './refusals.js';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; blanks do not count. */
export const MOST_CHARACTERS = { trust: 8_192, inline: 10_240, managed: 6_144 } as const;

/** JSON with statements, as it was given. What is in them is for who evaluates them: much that is written for AWS has no meaning here. */
export function documentOf(text: string | undefined, member: string, most: number): string {
  const given = required(text, member);
  if (!statementsIn(given)) throw iamRefusals.malformed('Syntax errors in policy.');
  if (given.replaceAll(/\s/g, '').length > most) throw iamRefusals.limit(`Cannot exceed quota for PolicySize: ${most}`);
  return given;
}

/** Documents are answered in the form of URLs (RFC 3986), as IAM does; clients take that away again. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
