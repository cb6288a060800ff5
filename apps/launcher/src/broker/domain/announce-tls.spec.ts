import { describe, expect, it } from '@jest/globals';
import { announceTls } from './announce-tls.js';

describe('what a host behind the TLS entry reads first', () => {
  it('is the broker’s own line, and that TLS is needed', () => {
    expect(announceTls('INFO {"server_id":"N","nonce":"x","tls_required":false} ')).toBe(
      'INFO {"server_id":"N","nonce":"x","tls_required":true}',
    );
  });

  it('is nothing when that is no broker', () => {
    expect(announceTls('HTTP/1.1 400 Bad Request')).toBeUndefined();
  });
});
