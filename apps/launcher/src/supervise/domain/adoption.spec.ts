import { describe, expect, it } from '@jest/globals';
import { adoptable, takenOver, type Leftover } from './adoption.js';
import type { ProcessSpec } from './process-diff.js';

const spec = (name: string, env: Record<string, string> = {}): ProcessSpec => ({
  name,
  app: name,
  replica: 1,
  command: '/usr/bin/node',
  args: [`${name}.js`],
  env: { LONGSHORE_REPLICA: '1', ...env },
});
const processOf = ({ command, args, env }: ProcessSpec, startedAtMs = 10): Leftover => ({
  commandLine: [command, ...args],
  environment: ['PATH=/bin', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
  startedAtMs,
});

describe('what a killed supervisor has left', () => {
  const [gateway, scheduler] = [spec('gateway'), spec('scheduler')];

  it('goes on where it is what is wanted, and ends where it is not', () => {
    const [kept, gone] = [processOf(gateway), processOf(spec('health-monitor'))];
    expect(adoptable([gateway, scheduler], [gone, kept], 0)).toEqual({
      adopt: [{ spec: gateway, leftover: kept }],
      end: [gone],
    });
  });

  it('ends when its settings are others, or when the program was built after its start', () => {
    const changed = processOf(spec('gateway', { LONGSHORE_REPLICA: '2' }));
    expect(adoptable([gateway], [changed], 0)).toEqual({ adopt: [], end: [changed] });
    const old = processOf(gateway, 10);
    expect(adoptable([gateway], [old], 11)).toEqual({ adopt: [], end: [old] });
  });

  it('is one process for one wanted: a second one of the same ends', () => {
    const [first, second] = [processOf(gateway), processOf(gateway)];
    const { adopt, end } = adoptable([gateway], [first, second], 0);
    expect(adopt.map(({ leftover }) => leftover)).toEqual([first]);
    expect(end).toEqual([second]);
  });

  it.each([
    [6, 0, 'its 6 processes go on'],
    [4, 2, '4 of its 6 processes go on, the others are started anew'],
    [1, 1, '1 of its 2 processes goes on, the other is started anew'],
    [0, 6, 'its 6 processes are started anew'],
    [1, 0, 'its process goes on'],
    [0, 1, 'its process is started anew'],
  ])('is told: %i kept, %i ended', (kept, ended, fate) => {
    expect(takenOver(kept, ended)).toBe(`The last supervisor was killed: ${fate}. Containers were left alone.`);
  });
});
