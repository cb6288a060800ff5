import { matchesSubject, type EventSubject } from './event-filter.js';
import type { EventFilter } from './public-event.js';

const ARN = 'arn:aws:ecs:us-east-1:000000000000';
const event = (detailType: string, resource: string, group?: string): EventSubject => ({
  detailType,
  resource: `${ARN}:${resource}`,
  ...(group ? { group } : {}),
});

const events = {
  'a task of web': event('ECS Task State Change', 'task/prod/1', 'service:web'),
  'a task alone': event('ECS Task State Change', 'task/prod/2', 'family:batch'),
  'a task of web in test': event('ECS Task State Change', 'task/test/3', 'service:web'),
  'an instance': event('ECS Container Instance State Change', 'container-instance/prod/4'),
  'an action of web': event('ECS Service Action', 'service/prod/web'),
  'a deployment of api': event('ECS Deployment State Change', 'service/prod/api'),
} as const;

describe('a filter', () => {
  it.each<[EventFilter, (keyof typeof events)[]]>([
    [{}, Object.keys(events) as (keyof typeof events)[]],
    [{ clusters: [], groups: [] }, Object.keys(events) as (keyof typeof events)[]],
    [{ detailTypes: ['ECS Service Action', 'ECS Deployment State Change'] }, ['an action of web', 'a deployment of api']],
    [{ detailTypes: ['ecs service action'] }, []],
    [{ clusters: ['test'] }, ['a task of web in test']],
    [{ clusters: [`${ARN}:cluster/test`, 'other'] }, ['a task of web in test']],
    [{ services: ['web'] }, ['a task of web', 'a task of web in test', 'an action of web']],
    [{ services: [`${ARN}:service/prod/web`] }, ['a task of web', 'an action of web']],
    [{ services: ['web'], clusters: ['test'] }, ['a task of web in test']],
    [{ groups: ['service:api', 'family:batch'] }, ['a task alone', 'a deployment of api']],
    [{ resources: [`${ARN}:container-instance/prod/4`] }, ['an instance']],
    [{ resources: [`${ARN}:container-instance/prod/4`], services: ['web'] }, []],
  ])('%j lets pass: %j', (filter, passing) => {
    const passed = Object.entries(events).filter(([, one]) => matchesSubject(filter, one));
    expect(passed.map(([name]) => name)).toEqual(passing);
  });

  it('does not take a family for a service of the same name', () =>
    expect(matchesSubject({ services: ['batch'] }, events['a task alone'])).toBe(false));
});
