import { describe, expect, it } from '@jest/globals';
import { parseServersState, parseStat, slotsOf } from './reports.js';
import { freeSlot } from './runtime.js';

/** As HAProxy 2.6.12 printed them, with fewer columns of `show stat`. */
const STATES = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 tg-a 1 s1 127.0.0.1 2 4 1 1 0 15 3 4 6 0 0 0 - 19101 - 0 0 - - 0
3 tg-a 2 s2 ::1 0 4 1 1 0 8 2 1 6 0 0 0 - 19102 - 0 0 - - 0
3 tg-a 3 s3 127.0.0.1 2 12 1 1 0 15 3 4 6 0 0 0 - 19103 - 0 0 - - 0
3 tg-a 4 s4 127.0.0.1 0 5 1 1 0 1 0 0 14 0 0 0 - 1 - 0 0 - - 0
`;
const STATS = `# pxname,svname,scur,check_status,check_code,last_chk,
tg-a,s1,3,L7OK,200,,
tg-a,s2,0,* L4CON,,"Connection refused, ""twice""",
tg-a,s3,1,L7OK,200,,
tg-a,s4,0,INI,,,
`;

describe('what HAProxy reports', () => {
  it('is its slots', () => {
    const slots = slotsOf(parseServersState(STATES), parseStat(STATS), new Map(), () => true, 0).get('tg-a');
    expect(slots).toEqual([
      {
        name: 's1',
        state: 'in',
        address: '127.0.0.1:19101',
        isUp: true,
        health: 0,
        sessions: 3,
        checkStatus: 'L7OK',
        checkCode: '200',
      },
      { name: 's2', state: 'in', address: '[::1]:19102', isUp: false, health: 1, sessions: 0, checkStatus: 'L4CON' },
      {
        name: 's3',
        state: 'draining',
        address: '127.0.0.1:19103',
        isUp: true,
        health: 0,
        sessions: 1,
        checkStatus: 'L7OK',
        checkCode: '200',
      },
      freeSlot('s4'),
    ]);
  });

  it('keeps what only this app knows of a target, as long as it is in its slot', () => {
    const known = [
      { ...freeSlot('s1'), state: 'in' as const, address: '127.0.0.1:19101', registeredAt: 'then', enteredAtMs: 1 },
      { ...freeSlot('s2'), state: 'in' as const, address: '[::1]:19102', registeredAt: 'then', enteredAtMs: 1 },
      { ...freeSlot('s3'), state: 'in' as const, address: '127.0.0.1:1', registeredAt: 'then', enteredAtMs: 1 },
    ];
    const slots = slotsOf(parseServersState(STATES), parseStat(STATS), new Map([['tg-a', known]]), () => true, 0).get('tg-a')!;
    expect(slots.map(({ registeredAt, enteredAtMs }) => [registeredAt, enteredAtMs])).toEqual([
      ['then', undefined],
      ['then', 1],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('may have commas and quotes in a field', () => {
    expect(parseStat(STATS)[1]!.last_chk).toBe('Connection refused, "twice"');
  });
});
