import { describe, expect, it } from '@jest/globals';
import { KurrentDbUrlError, parseKurrentDbUrl } from './kurrentdb-url.js';

describe('the address of a KurrentDB', () => {
  it.each([
    ['kurrentdb://localhost?tls=false', 'kurrentdb://localhost?tls=false', 'kurrentdb://localhost/longshore'],
    ['kurrentdb://db:2113', 'kurrentdb://db:2113', 'kurrentdb://db:2113/longshore'],
    ['kurrentdb://db:2113/', 'kurrentdb://db:2113', 'kurrentdb://db:2113/longshore'],
    ['kurrentdb://db:2113/prod?tls=true', 'kurrentdb://db:2113?tls=true', 'kurrentdb://db:2113/prod'],
    [
      'kurrentdb://ops:s3cr%40t@a:1,b:2,c:3/prod?tlsCaFile=/etc/ca.pem&nodePreference=leader',
      'kurrentdb://ops:s3cr%40t@a:1,b:2,c:3?tlsCaFile=/etc/ca.pem&nodePreference=leader',
      'kurrentdb://a:1,b:2,c:3/prod',
    ],
    [
      'kurrentdb+discover://ops:x@cluster.dns',
      'kurrentdb+discover://ops:x@cluster.dns',
      'kurrentdb+discover://cluster.dns/longshore',
    ],
  ])('%s', (text, connectionString, shown) => {
    expect(parseKurrentDbUrl(text)).toMatchObject({ connectionString, shown });
    expect(shown).not.toContain('s3cr');
  });

  it('names the prefix of its streams', () => {
    expect(parseKurrentDbUrl('kurrentdb://db').prefix).toBe('longshore');
    expect(parseKurrentDbUrl('kurrentdb://db/prod_1').prefix).toBe('prod_1');
  });

  it.each([
    'nats://ops:s3cret@db:4222',
    'kurrentdb://ops:s3cret@',
    'kurrentdb://ops:s3cret@db:port',
    'kurrentdb://ops:s3cret#1@db',
    'kurrentdb://ops:s3cret@db/a/b',
    'kurrentdb://ops:s3cret@db?unknownOption=1',
    'kurrentdb://ops:s3cret@db?throwOnAppendFailure=false',
  ])('refuses %s without repeating its secret', (text) => {
    expect(() => parseKurrentDbUrl(text)).toThrow(KurrentDbUrlError);
    expect(() => parseKurrentDbUrl(text)).not.toThrow(/s3cret/);
  });
});
