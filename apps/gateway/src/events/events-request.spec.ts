import { describe, expect, it } from '@jest/globals';
import { parseEventsRequest } from './events-request.js';
import { feedOf } from './feeds.js';

const parse = (query: string, headers: Record<string, string> = {}) =>
  parseEventsRequest({ method: 'GET', target: `/events${query}`, headers, body: new Uint8Array() });
const sentence = (query: string) => {
  const parsed = parse(query);
  return 'rejection' in parsed ? parsed.rejection.message : parsed;
};

it.each([
  ['GET', '/events', ['ReadEvents', false]],
  ['GET', '/events?after=ecs:1.0', ['ReadEvents', false]],
  ['GET', '/as-of/ecs.r7/events', ['ReadEvents', true]],
  ['GET', '/as-of/whenever/events?x', ['ReadEvents', true]],
  ['GET', '/logs/search?follow', ['TailLogs', false]],
  ['GET', '/logs/search?q=a&follow=true', ['TailLogs', false]],
  ['GET', '/logs/search?follow=false', undefined],
  ['GET', '/logs/search?q=follow', undefined],
  ['POST', '/events', undefined],
  ['GET', '/events/load-balancing?after=load-balancing:1.0', ['ReadLoadBalancingEvents', false]],
  ['GET', '/events/more', undefined],
  ['GET', '/', undefined],
])('%s %s is a feed: %j', (method, target, is) => {
  const found = feedOf(method, target);
  expect(found && [found.feed.operation.name, found.isAsOf]).toEqual(is);
});

describe('filters', () => {
  it('may be repeated, and separated by commas', () => {
    const query =
      '?cluster=a,b&cluster=c&detail-type=ECS%20Task%20State%20Change&group=service:web&service=s&resource=arn:aws:x/y';
    expect(parse(query)).toEqual({
      filter: {
        clusters: ['a', 'b', 'c'],
        detailTypes: ['ECS Task State Change'],
        groups: ['service:web'],
        services: ['s'],
        resources: ['arn:aws:x/y'],
      },
    });
  });

  it('that nobody knows, or that name nothing, are refused: a reader must not believe that they work', () => {
    expect(sentence('?detailtype=x')).toBe(
      "There is no parameter 'detailtype' here. The parameters are detail-type, cluster, service, group, resource and after.",
    );
    expect(sentence('?cluster=')).toBe("'cluster' names nothing. Leave it out to get all.");
    expect(sentence('?__proto__=x')).toMatch(/no parameter '__proto__'/);
  });

  it('of load balancing name no clusters, in which nothing of it is', () => {
    const asked = (target: string) => {
      const { feed } = feedOf('GET', target)!;
      return feed.parse({ method: 'GET', target, headers: {}, body: new Uint8Array() });
    };
    const target = '/events/load-balancing?detail-type=ELB%20Target%20Health%20State%20Change&resource=arn:aws:x/y';
    expect(asked(target)).toEqual({ filter: { detailTypes: ['ELB Target Health State Change'], resources: ['arn:aws:x/y'] } });
    expect(asked('/events/load-balancing?cluster=a')).toMatchObject({
      rejection: { message: "There is no parameter 'cluster' here. The parameters are detail-type, resource and after." },
    });
    expect(asked('/events/load-balancing?after=')).toMatchObject({
      rejection: { message: expect.stringContaining('load-balancing:12.0') },
    });
  });

  it('leave the signature alone', () => expect(parse('?X-Amz-Signature=1&X-Amz-Date=2')).toEqual({ filter: {} }));
});

describe('where to begin', () => {
  it('is now, or after an id', () => {
    expect(parse('')).toEqual({ filter: {} });
    expect(parse('?after=ecs:48213.3')).toEqual({ after: 'ecs:48213.3', filter: {} });
    expect(sentence('?after=')).toMatch(/^'after' takes the id of an event/);
  });

  it('is what the reader saw last, when it comes again with the URL that it began with', () => {
    expect(parse('?after=ecs:1.0', { 'last-event-id': 'ecs:9.1' })).toEqual({ after: 'ecs:9.1', filter: {} });
    expect(parse('?after=ecs:1.0', { 'last-event-id': '' })).toEqual({ after: 'ecs:1.0', filter: {} });
  });
});
