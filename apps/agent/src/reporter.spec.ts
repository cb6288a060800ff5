import { describe, expect, it } from '@jest/globals';
import type { ReportReply, TaskReport } from '#lib/ecs/model';
import { seededRandom } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { PAUSES } from './pauses.js';
import { Reporter } from './reporter.js';

const report = (taskArn: string, sequence = 1): TaskReport => ({
  taskArn,
  sequence,
  status: 'RUNNING',
  containers: [],
  healthStatus: 'UNKNOWN',
});

/** A control plane that records all reports but those it refuses, and answers unless it is away. */
function given() {
  const clock = new VirtualClock();
  const controlPlane = { isAway: false, refuses: (_report: TaskReport) => false };
  const sent: string[][] = [];
  const recorded: string[] = [];
  const nameOf = ({ taskArn, sequence }: TaskReport) => `${taskArn}:${sequence}`;
  const reporter = new Reporter({
    clock,
    random: seededRandom(1),
    send: async (reports): Promise<ReportReply | undefined> => {
      sent.push(reports.map(nameOf));
      await clock.sleep(5);
      if (controlPlane.isAway) return undefined;
      const taken = reports.filter((one) => !controlPlane.refuses(one));
      recorded.push(...taken.map(nameOf));
      return { acknowledged: Object.fromEntries(taken.map(({ taskArn, sequence }) => [taskArn, sequence])), strays: [] };
    },
    onAcknowledged: () => undefined,
    onStray: () => undefined,
  });
  return { clock, controlPlane, reporter, sent, recorded };
}

describe('reports', () => {
  it('are not held up by one that is refused for ever', async () => {
    const { clock, controlPlane, reporter, recorded } = given();
    controlPlane.refuses = ({ taskArn }) => taskArn === 'bad';
    reporter.offer(report('bad'));
    await clock.advance(60_000);
    for (let n = 1; n <= 100; n++) {
      reporter.offer(report(`good-${n}`));
      await clock.advance(20);
      expect(recorded).toContain(`good-${n}:1`);
    }
    expect(reporter.unacknowledged).toBe(1);
  });

  it('that are refused are said again, until they are recorded', async () => {
    const { clock, controlPlane, reporter, sent, recorded } = given();
    controlPlane.refuses = () => true;
    reporter.offer(report('a'));
    await clock.advance(120_000);
    // Less and less often: an hour of it is no load.
    expect(sent.length).toBeGreaterThan(12);
    expect(sent.length).toBeLessThan(40);
    controlPlane.refuses = () => false;
    await clock.advance(PAUSES.longestMs + 10);
    expect(recorded).toEqual(['a:1']);
    expect(reporter.unacknowledged).toBe(0);
  });

  it('take the place of an older one that was refused, at once', async () => {
    const { clock, controlPlane, reporter, recorded } = given();
    controlPlane.refuses = ({ sequence }) => sequence === 1;
    reporter.offer(report('a'));
    await clock.advance(60_000);
    reporter.offer(report('a', 2));
    await clock.advance(20);
    expect(recorded).toEqual(['a:2']);
    await clock.advance(60_000);
    expect(recorded).toEqual(['a:2']);
    expect(reporter.unacknowledged).toBe(0);
  });

  it('wait together while nobody answers', async () => {
    const { clock, controlPlane, reporter, recorded } = given();
    controlPlane.isAway = true;
    for (let n = 1; n <= 100; n++) reporter.offer(report(`a-${n}`));
    await clock.advance(60_000);
    controlPlane.isAway = false;
    await clock.advance(PAUSES.longestMs + 10_000);
    expect(recorded).toHaveLength(100);
  });

  it('wait for nobody once the agent has stopped', async () => {
    const { clock, controlPlane, reporter, sent } = given();
    controlPlane.refuses = () => true;
    reporter.offer(report('a'));
    await clock.advance(20);
    reporter.close();
    await clock.advance(60_000);
    expect(sent).toHaveLength(1);
  });
});
