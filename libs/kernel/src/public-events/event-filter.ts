import { parseArn } from '../ids.js';
import type { EventFilter } from './public-event.js';

/** What filters look at; a reader that passes most events over need not render them. */
export interface EventSubject {
  readonly detailType: string;
  /** The ARN of what changed. */
  readonly resource: string;
  /** A task's group. */
  readonly group?: string;
}

/** `task/<cluster>/<id>`, `container-instance/<cluster>/<id>`, `service/<cluster>/<name>`. */
function placeOf({ resource, group }: EventSubject) {
  const arn = parseArn(resource);
  const [cluster = '', name = ''] = arn?.resourceId.split('/') ?? [];
  const service =
    arn?.resourceType === 'service' ? name : group?.startsWith('service:') ? group.slice('service:'.length) : undefined;
  const prefix = resource.split(':', 5).join(':');
  return {
    cluster: [cluster, `${prefix}:cluster/${cluster}`],
    service: service === undefined ? [] : [service, `${prefix}:service/${cluster}/${service}`],
    group: [group, service === undefined ? undefined : `service:${service}`],
  };
}

const passes = (wanted: readonly string[] | undefined, found: readonly (string | undefined)[]): boolean =>
  !wanted?.length || wanted.some((one) => found.includes(one));

export function matchesSubject(filter: EventFilter, subject: EventSubject): boolean {
  const { detailTypes, clusters, services, groups, resources } = filter;
  if (!passes(detailTypes, [subject.detailType]) || !passes(resources, [subject.resource])) return false;
  if (!clusters?.length && !services?.length && !groups?.length) return true;
  const { cluster, service, group } = placeOf(subject);
  return passes(clusters, cluster) && passes(services, service) && passes(groups, group);
}
