import { describe, expect, it } from '@jest/globals';
import { decodeHostGrant, encodeHostGrant } from '#lib/ecs/model';
import { grantFrom } from './grant-options.js';

const before = { attributes: { 'ecs.availability-zone': 'us-east-1a' } };

describe('what a token says of its host', () => {
  it('is what was typed over what was granted before', () => {
    expect(grantFrom({}, before)).toEqual({ grant: before });
    const first = grantFrom({ cpu: '4096', attributes: 'rack=7,fast', zone: 'east' }, before);
    const grant = { cpu: 4_096, attributes: { rack: '7', fast: '', 'ecs.availability-zone': 'east' } };
    expect(first).toEqual({ grant });
    expect(grantFrom({ memory: '512' }, grant)).toEqual({ grant: { ...grant, memoryMiB: 512 } });
    expect(grantFrom({ attributes: '' }, grant)).toEqual({
      grant: { cpu: 4_096, attributes: { 'ecs.availability-zone': 'east' } },
    });
  });

  it('is nothing for a host of before, until something is typed', () => {
    expect(grantFrom({}, undefined)).toBeUndefined();
    expect(grantFrom({ cpu: '1024' }, undefined)).toEqual({ grant: { cpu: 1_024, attributes: {} } });
  });

  it('is one token of a subject, and comes out as it went in', () => {
    const grant = { cpu: 1, attributes: { 'a.b': 'c d>*', größe: 'x' } };
    expect(encodeHostGrant(grant)).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeHostGrant(encodeHostGrant(grant))).toEqual(grant);
    for (const none of ['', 'x', encodeHostGrant({ cpu: -1, attributes: {} }), encodeHostGrant({} as never)])
      expect(decodeHostGrant(none)).toBeUndefined();
  });

  it.each([
    [{ cpu: '0' }, '--cpu'],
    [{ memory: 'much' }, '--memory'],
    [{ attributes: 'a=b=c' }, '"a=b=c" is none'],
    [{ attributes: 'ecs.os-type=x' }, 'for the agent to say'],
    [{ attributes: Array.from({ length: 11 }, (_, n) => `a${n}`).join(',') }, 'takes 10 at most'],
  ])('names the mistake in %j', (options, said) => {
    expect(grantFrom(options, before)).toEqual({ problem: expect.stringContaining(said) });
  });
});
