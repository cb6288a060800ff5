import { describe, expect, it } from '@jest/globals';
import { tell } from './telemetry.js';

describe('a line of the telemetry', () => {
  it.each([
    ['<134>request tg-a-1 12 200', ['request', 'tg-a-1', 12]],
    ['request tg-a-1 -1 502', []],
    ['<133>Server tg-a-1/s1 is DOWN, reason: Layer4 connection problem', ['server', 'tg-a-1']],
    ['Health check for server tg-a-1/s3 succeeded, reason: Layer7 check passed, code: 200', ['server', 'tg-a-1']],
    [
      '127.0.0.1:5 [28/Nov/2026] li-web tg-a/s1 0/0/0/1/1 200',
      ['line', '127.0.0.1:5 [28/Nov/2026] li-web tg-a/s1 0/0/0/1/1 200'],
    ],
  ])('%s', (line, told) => {
    const heard: unknown[] = [];
    tell(line, {
      onServer: (backend) => heard.push('server', backend),
      onRequest: (backend, ms) => heard.push('request', backend, ms),
      onLine: (text) => heard.push('line', text),
    });
    expect(heard).toEqual(told);
  });
});
