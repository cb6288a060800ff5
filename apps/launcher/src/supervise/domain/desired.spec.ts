import { describe, expect, it } from '@jest/globals';
import { DEFAULT_DESIRED, mergeDesired, type Desired } from './desired.js';

const merged = (...args: Parameters<typeof mergeDesired>): Desired => {
  const outcome = mergeDesired(...args);
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome.desired;
};
const problem = (...args: Parameters<typeof mergeDesired>) => mergeDesired(...args) as { problem?: string };

describe('what shall run', () => {
  it('is one of each when nothing is said', () => {
    expect(merged(DEFAULT_DESIRED, {}, false)).toEqual({ replicas: {}, agents: 1, simulate: 0 });
  });

  it('keeps what was wanted before, and changes only what is said', () => {
    const before: Desired = { replicas: { scheduler: 2 }, agents: 3, simulate: 0 };
    expect(merged(before, {}, false)).toEqual(before);
    expect(merged(before, { scale: 'state-store=2' }, true)).toEqual({ ...before, replicas: { scheduler: 2, 'state-store': 2 } });
    expect(merged(before, { scale: 'scheduler=1,health-monitor=3', agents: '1' }, true)).toEqual({
      replicas: { scheduler: 1, 'health-monitor': 3 },
      agents: 1,
      simulate: 0,
    });
  });

  it('needs no real host for simulated instances, unless one is asked for or runs already', () => {
    expect(merged(DEFAULT_DESIRED, { simulate: '200' }, false)).toMatchObject({ agents: 0, simulate: 200 });
    expect(merged(DEFAULT_DESIRED, { simulate: '200', agents: '2' }, false)).toMatchObject({ agents: 2, simulate: 200 });
    expect(merged(DEFAULT_DESIRED, { simulate: '200' }, true)).toMatchObject({ agents: 1, simulate: 200 });
  });

  it('remembers simulated instances until they are taken back, and then has its host back', () => {
    const simulated = merged(DEFAULT_DESIRED, { simulate: '200' }, false);
    expect(merged(simulated, {}, false)).toEqual(simulated);
    expect(merged(simulated, { simulate: '0' }, false)).toEqual(DEFAULT_DESIRED);
  });

  it('remembers a control plane that runs without a host of its own', () => {
    const alone = merged(DEFAULT_DESIRED, { agents: '0' }, false);
    expect(alone).toMatchObject({ agents: 0, simulate: 0 });
    expect(merged(alone, {}, false)).toEqual(alone);
    expect(merged(alone, { scale: 'scheduler=2' }, true)).toMatchObject({ agents: 0 });
  });

  it('remembers where it listens and publishes, until that is taken back', () => {
    const said = merged(DEFAULT_DESIRED, { listen: '10.0.0.5', address: '10.0.0.5' }, false);
    expect(said).toMatchObject({ listen: { host: '10.0.0.5', port: 4567 }, address: '10.0.0.5' });
    expect(merged(said, {}, false)).toEqual(said);
    expect(merged(said, { listen: 'off', address: 'loopback' }, true)).toEqual(DEFAULT_DESIRED);
    expect(problem(said, { agents: '2' }, true).problem).toContain('--address');
    expect(problem(DEFAULT_DESIRED, { listen: 'everywhere' }, true).problem).toContain('--listen');
  });

  it('remembers what containers may reach of the host, until all is allowed again', () => {
    const limited = merged(DEFAULT_DESIRED, { allow: 'pid,capability=cap_net_admin' }, false);
    expect(limited).toMatchObject({ hostAccess: 'capability=NET_ADMIN,pid' });
    expect(merged(limited, {}, true)).toEqual(limited);
    expect(merged(limited, { allow: 'none' }, true)).toMatchObject({ hostAccess: 'none' });
    expect(merged(limited, { allow: 'all' }, true)).toEqual(DEFAULT_DESIRED);
    expect(problem(limited, { allow: 'root' }, true).problem).toContain('--allow: "root" is none of');
  });

  it('remembers the region of its hosts', () => {
    const said = merged(DEFAULT_DESIRED, { region: 'eu-west-1' }, false);
    expect(said).toEqual({ ...DEFAULT_DESIRED, region: 'eu-west-1' });
    expect(merged(said, { agents: '2' }, true)).toMatchObject({ region: 'eu-west-1' });
    expect(problem(DEFAULT_DESIRED, { region: 'here' }, false).problem).toContain('--region');
  });

  it('names the mistake in what was typed', () => {
    expect(problem(DEFAULT_DESIRED, { scale: 'schedular=2' }, false).problem).toContain('"schedular=2"');
    expect(problem(DEFAULT_DESIRED, { scale: 'gateway=2' }, false).problem).toContain('"gateway=2"');
    for (const scale of ['scheduler', 'scheduler=', 'scheduler=0', 'scheduler=1.5', 'scheduler=-1', 'scheduler=99'])
      expect(problem(DEFAULT_DESIRED, { scale }, false).problem).toContain('1 to 8');
    expect(problem(DEFAULT_DESIRED, { agents: 'three' }, false).problem).toContain('--agents');
    expect(problem(DEFAULT_DESIRED, { simulate: '1e9' }, false).problem).toContain('--simulate');
  });
});
