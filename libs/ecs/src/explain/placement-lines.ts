import type { PlacementAnswers, RefusalGroup } from './explanation.js';
import { shortId } from './words.js';

/** Answers of container instances as short lines. */
export function answersInLines({ revision, asked, willing, refusals, unavailable }: PlacementAnswers): string[] {
  const when = revision === undefined ? '' : ` at r${revision}, where it was planned`;
  if (unavailable) return [`what the container instances said${when} cannot be told: ${unavailable}`];
  if (asked === 0) return [`the cluster had no container instance${when}`];
  return [
    `${willing} of ${asked} container instances ${revision === undefined ? 'would' : 'could'} take it${when}`,
    ...refusals.map(refusalInWords),
  ];
}

/** "3 refuse, RESOURCE:MEMORY: needs 512 MiB of memory, most free 128 (1a2b3c4d, …)" */
export function refusalInWords({ count, reason, why, containerInstanceArns }: RefusalGroup): string {
  const names = containerInstanceArns.map(shortId).join(', ');
  return `${count} refuse${count === 1 ? 's' : ''}, ${reason.replace(/\.$/, '')}: ${why} (${names}${count > containerInstanceArns.length ? ', …' : ''})`;
}
