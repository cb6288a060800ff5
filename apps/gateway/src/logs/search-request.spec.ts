import { beforeEach, describe, expect, it } from '@jest/globals';
import { createWorld, jsonOf, resolveKnownKey, signed } from '../../test/world.js';
import { logTailFeed } from './log-tail-feed.js';

const NOW = Date.parse('2026-11-22T11:13:00Z');

describe('GET /logs/search', () => {
  let world: ReturnType<typeof createWorld>;
  beforeEach(() => {
    world = createWorld();
    world.bus.on('longshore', 'ResolveAccessKey', resolveKnownKey);
    world.bus.on('longshore', 'SearchLogs', () => ({ output: { events: [{ message: 'x' }] } }));
  });
  const get = async (query: Record<string, string>, path = '/logs/search') =>
    world.gateway.handle(await signed(world.clock, undefined, { method: 'GET', path, query, service: 'longshore', body: '' }));
  const asked = () => world.bus.of('longshore', 'SearchLogs')[0]?.input;

  it('asks SearchLogs what its parameters say', async () => {
    const answer = await get({
      bin: '5m',
      from: '2026-11-22T10:00:00Z',
      group: '/ecs/a,/ecs/b',
      limit: '20',
      q: 'level:error AND "a b"',
      service: 'web',
      to: String(NOW),
    });
    expect([answer.status, jsonOf(answer)]).toEqual([200, { events: [{ message: 'x' }] }]);
    expect(asked()).toEqual({
      binSeconds: 300,
      startTime: NOW - 4_380_000,
      endTime: NOW,
      logGroups: ['/ecs/a', '/ecs/b'],
      limit: 20,
      query: 'level:error AND "a b"',
      services: ['web'],
    });
  });

  it('counts back from now', async () => {
    await get({ since: '15m' });
    expect(asked()).toEqual({ startTime: NOW - 900_000 });
  });

  it.each([
    [{ qq: 'x' }, "There is no parameter 'qq' here."],
    [{ since: 'yesterday' }, "'since' takes 15m, 2h, 1d"],
    [{ from: 'x' }, "'from' takes an instant"],
    [{ limit: 'x' }, "'limit' takes a whole number."],
    [{ bin: 'x' }, "'bin' takes the length of a bin"],
  ])('refuses %j', async (query, words) => {
    const answer = await get(query as unknown as Record<string, string>);
    expect([answer.status, jsonOf(answer).message]).toEqual([400, expect.stringContaining(words)]);
  });

  it('is for those who sign', async () => {
    const answer = await world.gateway.handle({ method: 'GET', target: '/logs/search', headers: {}, body: new Uint8Array() });
    expect([answer.status, jsonOf(answer).__type]).toEqual([400, expect.stringContaining('MissingAuthenticationToken')]);
  });
});

describe('GET /logs/search?follow', () => {
  it('places the reader behind the last line of a page, and says what was missed', () => {
    const page = logTailFeed.pageOf({ events: [{ n: 1 }, { n: 2 }], cursor: 'ab-7', missed: true, caughtUp: false });
    expect(page).toEqual({
      text: 'event: missed\ndata: {"missed":true}\n\nevent: line\ndata: {"n":1}\n\nid: ab-7\nevent: line\ndata: {"n":2}\n\n',
      count: 2,
      cursor: 'ab-7',
      caughtUp: false,
    });
  });

  it('takes what a search takes, but for times and pages', () => {
    const parse = (query: string, headers = {}) =>
      logTailFeed.parse({ method: 'GET', target: `/logs/search?${query}`, headers, body: new Uint8Array() });
    expect(parse('follow&q=a&task=abcdef&after=ab-1')).toEqual({ filter: { query: 'a', tasks: ['abcdef'] }, after: 'ab-1' });
    expect(parse('follow&after=ab-1', { 'last-event-id': 'ab-9' })).toEqual({ filter: {}, after: 'ab-9' });
    expect(parse('follow&since=5m')).toMatchObject({ rejection: { code: 'InvalidParameterException' } });
  });
});
