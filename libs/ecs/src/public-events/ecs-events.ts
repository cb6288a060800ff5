import type { PublicEvents } from '#lib/kernel';
import type { EcsState } from '../model/state.js';
import { noting, type Occurrence } from './occurrence.js';
import { DETAIL_TYPES } from './public-event.js';
import { ownerOf, renderEvent, subjectOfOccurrence } from './render-event.js';

/** What of the `ecs` journal is public. */
export const ecsEvents: PublicEvents<EcsState, Occurrence> = {
  detailTypes: Object.values(DETAIL_TYPES),
  noting,
  ownerOf,
  subjectOf: subjectOfOccurrence,
  render: renderEvent,
};
