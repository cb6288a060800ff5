import { describe, expect, it } from '@jest/globals';
import { decodeJoinToken, encodeJoinToken, parseLifetime, type JoinToken } from './join-token.js';

const token: JoinToken = {
  brokers: ['tls://10.0.0.5:4567'],
  caCertificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  credentials: 'jwt and seed',
  accountId: '000000000000',
  region: 'us-east-1',
  cluster: 'default',
  instanceId: 'a'.repeat(32),
  expiresAt: '2026-11-23T12:00:00.000Z',
};
const problemOf = (text: string) => (decodeJoinToken(text) as { problem?: string }).problem;

describe('a join token', () => {
  it('is one word that carries everything, also over broken lines', () => {
    const text = encodeJoinToken(token);
    expect(text).toMatch(/^[\w.-]+$/);
    expect(decodeJoinToken(text)).toEqual({ token });
    expect(decodeJoinToken(`  ${text.replaceAll(/(.{70})/g, '$1\n')}\r\n`)).toEqual({ token });
  });

  it('says what is wrong with it', () => {
    const text = encodeJoinToken(token);
    expect(problemOf(' ')).toContain('empty');
    expect(problemOf('AKIA1234')).toContain('no join token');
    expect(problemOf(text.replace('join-1', 'join-2'))).toContain('another version');
    expect(problemOf(text.slice(0, -20))).toContain('incomplete');
    expect(problemOf(encodeJoinToken({ ...token, instanceId: '../../etc' }))).toContain('damaged');
    expect(problemOf(encodeJoinToken({ ...token, brokers: [] }))).toContain('damaged');
  });

  it('lasts minutes, hours or days, and never longer than 30 days', () => {
    expect([parseLifetime('30m'), parseLifetime('1h'), parseLifetime('30d')]).toEqual([1_800_000, 3_600_000, 2_592_000_000]);
    for (const text of ['', '0h', '1', 'h', '1.5h', '-1h', '31d', '1y']) expect(parseLifetime(text)).toBeUndefined();
  });
});
