import { Registry } from 'prom-client';
import type { ContainerInstance, TaskReport } from '#lib/ecs/model';
import type { CommandReply } from '#lib/messaging';
import { seededRandom, silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { IntakeMetrics } from './intake-metrics.js';
import { ReportGatherer, WAITING_LIMITS } from './report-gatherer.js';

const instance = (id: string, accountId = '000000000000') =>
  ({ containerInstanceArn: `instance/${id}`, instanceId: id, accountId, region: 'us-east-1' }) as ContainerInstance;
const report = (taskArn: string, sequence = 1) => ({ taskArn, sequence }) as TaskReport;

type Input = { reports: { containerInstanceArn: string; report: TaskReport }[] };

/** A writer that takes 5 ms, and refuses to answer while `isAway`. */
function given(limits = WAITING_LIMITS) {
  const registry = new Registry();
  const clock = new VirtualClock();
  const sent: Input[] = [];
  const writer = { isAway: false, refuses: (_reports: Input['reports']) => false };
  const gatherer = new ReportGatherer(
    async (_name, { input }): Promise<CommandReply> => {
      sent.push(input as Input);
      await clock.sleep(5);
      if (writer.isAway) return { unavailable: 'away' };
      const { reports } = input as Input;
      if (writer.refuses(reports))
        return { rejection: { code: 'ServerException', message: 'no', status: 500 } as never, revision: 1 };
      const known = reports.filter(({ report: { taskArn } }) => !taskArn.startsWith('stray'));
      return {
        output: {
          acknowledged: Object.fromEntries(known.map(({ report: { taskArn, sequence } }) => [taskArn, sequence])),
          strays: reports.filter((entry) => !known.includes(entry)).map((entry) => entry.report.taskArn),
        },
        revision: 1,
      };
    },
    clock,
    seededRandom(1),
    silentLogger,
    new IntakeMetrics(registry),
    limits,
  );
  const refused = async () =>
    (await registry.getSingleMetric('longshore_refused_reports_total')!.get()).values.map(({ labels, value }) => [
      labels.what,
      value,
    ]);
  return { refused, clock, gatherer, sent, writer, sizes: () => sent.map(({ reports }) => reports.length) };
}

describe('reports', () => {
  it('go at once while nothing is on its way, and together otherwise', async () => {
    const { clock, gatherer, sizes } = given();
    const answers = ['1', '2', '3'].map((id) => gatherer.record(instance(id), [report(`task/${id}`)]));
    expect(sizes()).toEqual([1]);
    await clock.advance(5);
    expect(sizes()).toEqual([1, 2]);
    await clock.advance(5);
    expect(await Promise.all(answers)).toEqual(
      ['1', '2', '3'].map((id) => ({ acknowledged: { [`task/${id}`]: 1 }, strays: [] })),
    );
  });

  it('of a storm that lasts go 20 times a second; when it is over they go at once again', async () => {
    const { clock, gatherer, sent } = given();
    const storm = async (forMs: number) => {
      const before = sent.length;
      for (let atMs = 0; atMs < forMs; atMs++) {
        void gatherer.record(instance('1'), [report(`task/${atMs}`)]);
        await clock.advance(1);
      }
      return sent.length - before;
    };
    expect(await storm(50)).toBeGreaterThanOrEqual(10);
    await storm(1_000);
    expect(await storm(1_000)).toBeLessThanOrEqual(20);
    await clock.advance(1_000);
    expect(await storm(50)).toBeGreaterThanOrEqual(10);
  });

  it('that nothing comes of are counted: refused ones by themselves, and those that are sent again', async () => {
    const { clock, gatherer, writer, refused } = given();
    writer.refuses = (reports) => reports.some(({ report: { taskArn } }) => taskArn === 'task/bad');
    void gatherer.record(instance('1'), [report('task/a'), report('task/bad'), report('task/c')]);
    await clock.advance(100);
    writer.isAway = true;
    void gatherer.record(instance('1'), [report('task/a'), report('task/c')]);
    await clock.advance(100);
    expect(Object.fromEntries(await refused())).toMatchObject({ report: 1, uncommitted: 2, message: 0 });
  });

  it('wait up to a number of bytes, of one host and in all; beyond it their agents send again', async () => {
    const own = Buffer.byteLength(JSON.stringify(report('task/a')));
    const { clock, gatherer, sizes } = given({ bytes: 5 * own, bytesOfInstance: 3 * own });
    const first = gatherer.record(instance('1'), [report('task/a')]);
    const waiting = ['b', 'c', 'd'].map((id) => gatherer.record(instance('1'), [report(`task/${id}`)]));
    expect(await gatherer.record(instance('1'), [report('task/e')])).toBeUndefined();
    const others = ['f', 'g'].map((id) => gatherer.record(instance('2'), [report(`task/${id}`)]));
    expect(await gatherer.record(instance('3'), [report('task/h')])).toBeUndefined();
    await clock.advance(100);
    for (const answer of await Promise.all([first, ...waiting, ...others])) expect(answer).toBeDefined();
    expect(sizes()).toEqual([1, 5]);
    const again = gatherer.record(instance('1'), [report('task/e')]);
    await clock.advance(100);
    expect(await again).toBeDefined();
  });

  it('are answered with what is their own', async () => {
    const { clock, gatherer } = given();
    const answers = [
      gatherer.record(instance('1'), [report('task/a')]),
      gatherer.record(instance('2'), [report('task/b', 7)]),
      gatherer.record(instance('3'), [report('stray/c')]),
    ];
    await clock.advance(100);
    expect(await answers[1]).toEqual({ acknowledged: { 'task/b': 7 }, strays: [] });
    expect(await answers[2]).toEqual({ acknowledged: {}, strays: ['stray/c'] });
  });

  it('of two accounts never share a command', async () => {
    const { clock, gatherer, sent } = given();
    void gatherer.record(instance('1'), [report('task/a')]);
    void gatherer.record(instance('2', '111122223333'), [report('task/b')]);
    await clock.advance(100);
    expect(sent.map(({ reports }) => reports.length)).toEqual([1, 1]);
  });

  it('fill several commands when there are many', async () => {
    const { clock, gatherer, sizes } = given();
    for (let i = 0; i < 151; i++) void gatherer.record(instance(`${i}`), [report(`task/${i}`)]);
    await clock.advance(200);
    expect(sizes()).toEqual([1, 100, 50]);
  });

  it('are not acknowledged when they were not committed', async () => {
    const { clock, gatherer, writer } = given();
    writer.isAway = true;
    const answer = gatherer.record(instance('1'), [report('task/a')]);
    await clock.advance(10);
    expect(await answer).toBeUndefined();
  });

  it('fill commands by their bytes, not by their number', async () => {
    const { clock, gatherer, sent } = given();
    const large = (taskArn: string) => ({ ...report(taskArn), stoppedReason: 'x'.repeat(4_000) }) as TaskReport;
    const answers = Array.from({ length: 100 }, (_, i) => gatherer.record(instance(`${i}`), [large(`task/${i}`)]));
    await clock.advance(1_000);
    expect(Math.max(...sent.map((input) => JSON.stringify(input).length))).toBeLessThan(128 * 1024);
    expect((await Promise.all(answers)).every((answer) => answer && Object.keys(answer.acknowledged).length === 1)).toBe(true);
  });

  it('are recorded although one among them cannot be, which alone is not acknowledged', async () => {
    const { clock, gatherer, writer } = given();
    writer.refuses = (reports) => reports.some(({ report: { taskArn } }) => taskArn === 'task/bad');
    const first = gatherer.record(instance('0'), [report('task/0')]);
    const answers = Array.from({ length: 30 }, (_, i) =>
      gatherer.record(instance(`${i}`), i === 17 ? [report('task/bad'), report('task/17')] : [report(`task/${i}`)]),
    );
    await clock.advance(1_000);
    await first;
    for (const [i, answer] of (await Promise.all(answers)).entries())
      expect(answer).toEqual({ acknowledged: { [`task/${i}`]: 1 }, strays: [] });
  });

  it('are answered when all of them are refused: the agent learns that it is these, and not the control plane', async () => {
    const { clock, gatherer, writer } = given();
    writer.refuses = () => true;
    const answer = gatherer.record(instance('0'), [report('task/bad')]);
    await clock.advance(100);
    expect(await answer).toEqual({ acknowledged: {}, strays: [] });
  });
});
