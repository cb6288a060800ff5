import { matches } from './event-filter.js';
import type { DetailType, EventFilter, PublicEvent } from './public-event.js';

const ARN = 'arn:aws:ecs:us-east-1:000000000000';
const event = (detailType: DetailType, resource: string, detail: Record<string, unknown> = {}): PublicEvent => ({
  version: '0',
  id: 'ecs:7.0',
  'detail-type': detailType,
  source: 'aws.ecs',
  account: '000000000000',
  time: '2026-11-23T12:00:00.000Z',
  region: 'us-east-1',
  resources: [`${ARN}:${resource}`],
  detail,
});

const events = {
  'a task of web': event('ECS Task State Change', 'task/prod/1', { group: 'service:web' }),
  'a task alone': event('ECS Task State Change', 'task/prod/2', { group: 'family:batch' }),
  'a task of web in test': event('ECS Task State Change', 'task/test/3', { group: 'service:web' }),
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
    const passed = Object.entries(events).filter(([, one]) => matches(filter, one));
    expect(passed.map(([name]) => name)).toEqual(passing);
  });

  it('does not take a family for a service of the same name', () =>
    expect(matches({ services: ['batch'] }, events['a task alone'])).toBe(false));
});
