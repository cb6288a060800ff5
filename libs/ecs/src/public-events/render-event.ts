import {
  type AccountId,
  type EventSubject,
  formatPosition,
  type OccurrencePlace,
  type PublicEvent,
  type Region,
} from '#lib/kernel';
import type { Occurrence } from './occurrence.js';
import { DETAIL_TYPES } from './public-event.js';
import { type Deployment, SERVICE_ACTIONS } from '../model/services.js';
import type { Task } from '../model/task.js';
import { describeTask } from '../tasks/describe.js';
import type { ContainerInstance } from '../model/container-instance.js';
import { describeContainerInstance } from '../instances/container-instance-view.js';

interface Owner {
  readonly accountId: AccountId;
  readonly region: Region;
  readonly clusterArn: string;
}

/** Whose it is: nobody else sees it. */
export function ownerOf(occurrence: Occurrence): Owner {
  switch (occurrence.of) {
    case 'task':
      return occurrence.task;
    case 'instance':
      return occurrence.instance;
    default:
      return occurrence.service;
  }
}

/** What filters look at, without rendering it. */
export function subjectOfOccurrence(occurrence: Occurrence): EventSubject {
  const detailType = DETAIL_TYPES[occurrence.of];
  switch (occurrence.of) {
    case 'task':
      return { detailType, resource: occurrence.task.taskArn, group: occurrence.task.group };
    case 'instance':
      return { detailType, resource: occurrence.instance.containerInstanceArn };
    default:
      return { detailType, resource: occurrence.service.serviceArn };
  }
}

/** The same bytes wherever and whenever it is rendered: nothing but the journal goes in. */
export function renderEvent(occurrence: Occurrence, { revision, index, at }: OccurrencePlace): PublicEvent {
  const { accountId, region } = ownerOf(occurrence);
  return {
    version: '0',
    id: formatPosition('ecs', { revision, index }),
    'detail-type': DETAIL_TYPES[occurrence.of],
    source: 'aws.ecs',
    account: accountId,
    time: at,
    region,
    resources: [subjectOfOccurrence(occurrence).resource],
    detail: detailOf(occurrence, at),
  };
}

function detailOf(occurrence: Occurrence, at: string): PublicEvent['detail'] {
  switch (occurrence.of) {
    case 'task':
      return taskDetail(occurrence.task, at);
    case 'instance':
      return instanceDetail(occurrence.instance, at);
    case 'serviceAction': {
      const { eventName, reason, taskSetArns, service } = occurrence;
      const { clusterArn } = service;
      const more = { ...(reason ? { reason } : {}), ...(taskSetArns ? { taskSetArns } : {}) };
      return { eventType: SERVICE_ACTIONS[eventName], eventName, clusterArn, createdAt: at, ...more };
    }
    case 'deployment':
      return deploymentDetail(occurrence.deployment);
  }
}

/** As DescribeTasks shows it; tags are not in ECS's events, which call an interface `eni`. */
function taskDetail(task: Task, updatedAt: string): PublicEvent['detail'] {
  const { tags: _tags, attachments, ...shown } = describeTask(task) as Record<string, unknown> & { attachments: object[] };
  return { updatedAt, ...shown, attachments: attachments.map((attachment) => ({ ...attachment, type: 'eni' })) };
}

function instanceDetail(instance: ContainerInstance, updatedAt: string): PublicEvent['detail'] {
  const { tags: _tags, ...shown } = describeContainerInstance(instance);
  return { clusterArn: instance.clusterArn, updatedAt, ...shown };
}

function deploymentDetail({ id, rolloutState, rolloutStateReason, updatedAt }: Deployment): PublicEvent['detail'] {
  return {
    eventType: rolloutState === 'FAILED' ? 'ERROR' : 'INFO',
    eventName: `SERVICE_DEPLOYMENT_${rolloutState}`,
    deploymentId: id,
    updatedAt,
    reason: rolloutStateReason,
  };
}
