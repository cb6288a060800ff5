import { RE2JS } from 're2js';
import type { Rewrite, Transform } from './model.js';
import { refusals } from './refusals.js';

export interface TransformInput {
  readonly Type: Transform['Type'];
  readonly HostHeaderRewriteConfig?: { readonly Rewrites?: readonly Rewrite[] };
  readonly UrlRewriteConfig?: { readonly Rewrites?: readonly Rewrite[] };
}

const MAX_CHARACTERS = 1_024;

/** At most one of each type, with one rewrite each, as ELBv2 has it. */
export function checkTransforms(given: readonly TransformInput[]): readonly Transform[] {
  if (new Set(given.map(({ Type }) => Type)).size < given.length) {
    throw refusals.validation('A rule can have only one transform of each type');
  }
  return given.map(({ Type, HostHeaderRewriteConfig, UrlRewriteConfig }) => {
    const isHost = Type === 'host-header-rewrite';
    const other = isHost ? UrlRewriteConfig : HostHeaderRewriteConfig;
    if (other) throw refusals.validation(`A transform of type '${Type}' cannot have a config of another type`);
    const Rewrites = checkRewrites(Type, (isHost ? HostHeaderRewriteConfig : UrlRewriteConfig)?.Rewrites ?? []);
    return isHost ? { Type, HostHeaderRewriteConfig: { Rewrites } } : { Type, UrlRewriteConfig: { Rewrites } };
  });
}

function checkRewrites(type: string, rewrites: readonly Rewrite[]): readonly Rewrite[] {
  if (rewrites.length !== 1) throw refusals.validation(`A transform of type '${type}' must have exactly one rewrite`);
  for (const { Regex, Replace } of rewrites) {
    if (Regex.length > MAX_CHARACTERS || Replace.length > MAX_CHARACTERS) {
      throw refusals.validation(`The rewrites of a transform are limited to '${MAX_CHARACTERS}' characters`);
    }
    checkRegex(Regex);
    if (/[^\x20-\x7e]/.test(Replace)) throw refusals.validation(`The replacement '${Replace}' contains invalid characters`);
  }
  return rewrites;
}

/** RE2's syntax: nothing that could make a request wait for its matching. */
export function checkRegex(expression: string): void {
  if (expression === '' || /[^\x20-\x7e]/.test(expression)) {
    throw refusals.validation(`'${expression}' is not a valid regular expression`);
  }
  try {
    RE2JS.compile(expression);
  } catch (error) {
    throw refusals.validation(`'${expression}' is not a valid regular expression: ${(error as Error).message}`);
  }
}
