import { describe, expect, it } from '@jest/globals';
import { bindFailures, sectionFailures } from './start-failures.js';

describe('what HAProxy says when it does not start', () => {
  it('names the endpoints that it cannot bind', () => {
    const output = `[NOTICE]   (11431) : haproxy version is 2.6.12-1+deb12u4
[ALERT]    (11431) : Binding [bad.cfg:10] for frontend li-1: cannot bind socket (Cannot assign requested address) for [10.9.9.9:81]
[ALERT]    (11431) : Binding [bad.cfg:13] for frontend li-2: cannot bind socket (Address already in use) for [127.1.0.2:80]
[ALERT]    (11431) : [haproxy.main()] Some protocols failed to start their listeners! Exiting.
`;
    expect(bindFailures(output)).toEqual([
      { endpoint: '10.9.9.9:81', reason: 'Cannot assign requested address' },
      { endpoint: '127.1.0.2:80', reason: 'Address already in use' },
    ]);
  });

  it('names the sections that it cannot read', () => {
    const config = ['global', 'frontend li-1', '  mode http', '  bad', 'backend tg-1', '  mode http', '  worse'].join('\n');
    const output = `[ALERT]    (1) : config : parsing [/d/haproxy.cfg:4] : unknown keyword 'bad' in 'frontend' section
[ALERT]    (1) : config : Parsing [/d/haproxy.cfg:7]: unknown keyword 'worse'.
[ALERT]    (1) : config : Error(s) found in configuration file : /d/haproxy.cfg
`;
    expect(sectionFailures(output, config)).toEqual([
      { section: 'li-1', reason: "unknown keyword 'bad' in 'frontend' section" },
      { section: 'tg-1', reason: "unknown keyword 'worse'" },
    ]);
  });
});
