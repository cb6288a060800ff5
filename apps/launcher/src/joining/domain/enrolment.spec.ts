import { describe, expect, it } from '@jest/globals';
import { decideEnrolment, refusedUsers, revoked, type HostRecord } from './enrolment.js';

const now = Date.parse('2026-11-23T12:00:00.000Z');
const fresh: HostRecord = { instanceId: 'a'.repeat(32), cluster: 'default', tokenExpiresAt: '2026-11-23T13:00:00.000Z' };
const request = { publicKey: 'UA', hostName: 'web-2', address: '10.0.0.6' };
const joined: HostRecord = { ...fresh, ...request, joinedAt: '2026-11-23T12:00:00.000Z' };

describe('a host that asks to join', () => {
  it('has the instance with a fresh token, and the record says who it is', () => {
    expect(decideEnrolment(fresh, request, now)).toEqual({ record: joined });
  });

  it('may ask again with the same key, also long after: an answer can be lost, and permissions change', () => {
    const later = now + 86_400_000;
    expect(decideEnrolment(joined, { ...request, address: '10.0.0.7' }, later)).toEqual({
      record: { ...joined, address: '10.0.0.7' },
    });
  });

  it('changes no record by asking again for the same: what is written meanwhile (its revocation) stays', () => {
    const { record } = decideEnrolment(joined, request, now) as { record: HostRecord };
    expect(record).toBe(joined);
  });

  it('spends the token once it has its user, also one that lets a host in again: until then it may have to ask again', () => {
    const asked = { record: { ...joined, tokenKey: 'UT' } };
    expect(decideEnrolment({ ...fresh, tokenKey: 'UT' }, request, now)).toEqual(asked);
    expect(decideEnrolment(asked.record, request, now)).toEqual(asked);
    const withUser = { ...request, hasUser: true };
    const spent = { spentTokenKeys: { UT: joined.joinedAt } };
    expect(decideEnrolment(asked.record, withUser, now)).toEqual({ record: { ...joined, ...spent } });
    const again = decideEnrolment({ ...joined, spentTokenKeys: { US: 'before' }, tokenKey: 'UT' }, withUser, now);
    expect(again).toEqual({ record: { ...joined, spentTokenKeys: { US: 'before', UT: joined.joinedAt } } });
  });

  it('spends no token when it is refused', () => {
    expect(decideEnrolment({ ...joined, tokenKey: 'UT' }, { ...request, publicKey: 'UB' }, now)).not.toHaveProperty('record');
  });

  it('is refused with a token that another host has used, and told which', () => {
    expect(decideEnrolment(joined, { ...request, publicKey: 'UB' }, now)).toEqual({
      refusal: expect.stringContaining('used already, by web-2 (10.0.0.6)'),
    });
  });

  it('is refused with a token that is too old, withdrawn, or of another installation', () => {
    expect(decideEnrolment(fresh, request, now + 3_600_000)).toEqual({ refusal: expect.stringContaining('expired') });
    expect(decideEnrolment({ ...joined, revokedAt: '2026-11-23T12:30:00.000Z' }, request, now)).toEqual({
      refusal: expect.stringContaining('shut out'),
    });
    expect(decideEnrolment({ ...fresh, revokedAt: '2026-11-23T12:30:00.000Z' }, request, now)).toEqual({
      refusal: expect.stringContaining('withdrawn'),
    });
    expect(decideEnrolment(undefined, request, now)).toEqual({ refusal: expect.stringContaining('does not know') });
  });
});

describe('what the broker refuses', () => {
  const at = '2026-11-23T12:30:00.000Z';

  it('are spent and withdrawn tokens and revoked hosts, and nobody else', () => {
    expect(refusedUsers([{ ...fresh, tokenKey: 'UT' }, joined])).toEqual(new Map());
    const both = [revoked({ ...fresh, tokenKey: 'UT' }, at), revoked({ ...joined, spentTokenKeys: { US: at } }, at)];
    expect(refusedUsers(both)).toEqual(new Map(['UT', 'UA', 'US'].map((key) => [key, Date.parse(at)])));
  });

  it('stays refused since the first time', () => {
    const first = revoked(joined, at);
    expect(revoked(first, '2026-11-24T00:00:00.000Z')).toEqual(first);
  });
});
