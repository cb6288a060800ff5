import { describe, expect, it } from '@jest/globals';
import type { EventFilter } from '#lib/kernel';
import { feedsFor, inOrder } from './event-feeds.js';

describe('whose events are asked for', () => {
  const asked = (filter: EventFilter, after?: string) =>
    feedsFor(filter, after).map(([{ journal }, { detailTypes }]) =>
      detailTypes ? `${journal}: ${detailTypes.join()}` : journal,
    );

  it.each<[string, EventFilter, string | undefined, string[]]>([
    ['all journals, without a filter', {}, undefined, ['ecs', 'load-balancing', 'scaling']],
    ['all, of a resource', { resources: ['arn'] }, undefined, ['ecs', 'load-balancing', 'scaling']],
    ['the one that has clusters, of a cluster', { clusters: ['c'] }, undefined, ['ecs']],
    ['the same, of a service', { services: ['web'] }, undefined, ['ecs']],
    ['each for its own detail-types', { detailTypes: ['ELB x', 'ECS y'] }, undefined, ['ecs: ECS y', 'load-balancing: ELB x']],
    [
      'who scales, for its own',
      { detailTypes: ['CloudWatch x', 'Application Auto Scaling y'] },
      undefined,
      ['scaling: CloudWatch x,Application Auto Scaling y'],
    ],
    [
      'the same, for what rules and schedules have run',
      { detailTypes: ['Scheduled Event', 'EventBridge Scheduler Invocation State Change'] },
      undefined,
      ['scaling: Scheduled Event,EventBridge Scheduler Invocation State Change'],
    ],
    ['only who has a detail-type', { detailTypes: ['ELB x'] }, undefined, ['load-balancing: ELB x']],
    ['who keeps Cloud Map’s, too, for its own', { detailTypes: ['Cloud Map x'] }, undefined, ['load-balancing: Cloud Map x']],
    ['who refuses it, for a type that nobody has', { detailTypes: ['nope'] }, undefined, ['ecs: nope']],
    ['who refuses it, for a type that no cluster has', { detailTypes: ['ELB x'], clusters: ['c'] }, undefined, ['ecs: ELB x']],
    ['the journal of the event that others follow', {}, 'load-balancing:12.0', ['load-balancing']],
    ['the same for scaling', {}, 'scaling:12.0', ['scaling']],
    ['the same for ECS', {}, 'ecs:12.0', ['ecs']],
    ['who refuses it, after no event at all', {}, 'yesterday', ['ecs']],
  ])('are %s', (_case, filter, after, feeds) => expect(asked(filter, after)).toEqual(feeds));
});

it('tells the events of several journals in the order of their times, and where each of them ended', async () => {
  async function* source(end: string, ...times: string[]): AsyncGenerator<{ time: string; end: string }, string> {
    for (const time of times) yield await Promise.resolve({ time, end });
    return end;
  }
  const merged = inOrder([source('a', '1', '4', '5'), source('b', '2', '4', '9'), source('c')]);
  const told: string[] = [];
  let next = await merged.next();
  for (; !next.done; next = await merged.next()) told.push(next.value.end + next.value.time);
  expect(told).toEqual(['a1', 'b2', 'a4', 'b4', 'a5', 'b9']);
  expect(next.value).toEqual(['a', 'b', 'c']);
});
