import { describe, expect, it } from '@jest/globals';
import { holesOf } from './nats-holes.js';

const ids = (version: string) => holesOf(version).map((sentence) => /CVE-[\d-]+/.exec(sentence)![0]);

describe('the known holes of nats-server', () => {
  it.each<[string, string[]]>([
    ['2.10.0', ['CVE-2025-30215']],
    ['2.10.26', ['CVE-2025-30215']],
    ['2.10.27', []],
    ['2.10.29', []],
    ['2.11.0', ['CVE-2025-30215', 'CVE-2026-33249']],
    ['2.11.1', ['CVE-2026-33249']],
    ['2.11.15', []],
    ['2.12.5', ['CVE-2026-33249']],
    ['2.12.6', []],
    ['2.14.0', []],
    ['3.0.0', []],
    ['v2.10.3-beta.1', ['CVE-2025-30215']],
    ['dev', []],
  ])('of %s are %j', (version, expected) => expect(ids(version)).toEqual(expected));

  it('are said with what to install', () => {
    expect(holesOf('2.10.3')[0]).toBe(
      'nats-server 2.10.3 has the hole CVE-2025-30215: whoever may use JetStream can delete all that it keeps. ' +
        'Mended in 2.10.27, 2.11.1 and later lines; see docs/operations.md, "The broker".',
    );
  });
});
