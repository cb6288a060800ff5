import { HOST_KINDS, type HostKind, HOSTS_TAG } from '#lib/ecs/model';
import type { AutoScalingGroup } from '../../domain/groups/model.js';

/** Which cluster the group's hosts are for, whatever its capacity provider says. */
export const CLUSTER_TAG = 'longshore:cluster';

/** How long more instances than are needed are kept (AWS: 15 minutes), after the last of them came, too; where the group says nothing else. */
const CALM_MS = 60_000;
/** In seconds, a day at most. */
const CALM_TAG = 'longshore:scale-in-after';
const LONGEST_CALM_SECONDS = 86_400;
export const tagOf = ({ tags }: AutoScalingGroup, key: string): string | undefined => tags.find((tag) => tag.key === key)?.value;

/** What is no number of seconds is none. */
export function calmMsOf(group: AutoScalingGroup): number {
  const given = tagOf(group, CALM_TAG);
  return given !== undefined && /^\d{1,5}$/.test(given) && Number(given) <= LONGEST_CALM_SECONDS
    ? Number(given) * 1_000
    : CALM_MS;
}

export const kindOf = (group: AutoScalingGroup): HostKind | undefined => {
  const given = tagOf(group, HOSTS_TAG);
  return HOST_KINDS.find((kind) => kind === given);
};
