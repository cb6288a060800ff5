import { matchesWildcards } from '#lib/access';
import type { Image } from '../model.js';
import type { LifecycleRule } from './policy.js';

export interface TaggedImage extends Image {
  readonly imageTags: readonly string[];
}

export interface Expiring {
  readonly image: TaggedImage;
  readonly priority: number;
}

const DAY_MS = 86_400_000;

/**
 * What a policy expires of a repository now. Each rule is evaluated by itself, on all images that its tags mean, the youngest first; then they
 * are applied by priority: an image that a rule of a lower number means is not expired by another one.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
 */
export function expiring(images: readonly TaggedImage[], rules: readonly LifecycleRule[], at: string): readonly Expiring[] {
  const youngestFirst = [...images].sort((a, b) =>
    a.pushedAt < b.pushedAt ? 1 : a.pushedAt > b.pushedAt ? -1 : a.digest < b.digest ? 1 : -1,
  );
  const decided = new Set<string>();
  const found: Expiring[] = [];
  for (const rule of rules) {
    const meant = youngestFirst.filter((image) => isMeant(image, rule));
    for (const image of overdue(meant, rule, at)) if (!decided.has(image.digest)) found.push({ image, priority: rule.priority });
    for (const { digest } of meant) decided.add(digest);
  }
  return withoutListed(images, found);
}

function isMeant({ imageTags }: TaggedImage, { select, tagPatterns }: LifecycleRule): boolean {
  if (select === 'any') return true;
  if (select === 'untagged') return imageTags.length === 0;
  return tagPatterns.every((pattern) => imageTags.some((tag) => matchesWildcards(pattern, tag)));
}

function overdue(youngestFirst: readonly TaggedImage[], { expires }: LifecycleRule, at: string): readonly TaggedImage[] {
  if ('moreThan' in expires) return youngestFirst.slice(expires.moreThan);
  const before = Date.parse(at) - expires.olderThanDays * DAY_MS;
  return youngestFirst.filter(({ pushedAt }) => Date.parse(pushedAt) < before);
}

/** What a list is of stays as long as the list. */
function withoutListed(images: readonly TaggedImage[], found: readonly Expiring[]): readonly Expiring[] {
  const going = new Set(found.map(({ image }) => image.digest));
  const kept = new Set(images.flatMap(({ digest, lists = [] }) => (going.has(digest) ? [] : lists)));
  return found.filter(({ image }) => !kept.has(image.digest));
}
