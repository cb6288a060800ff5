import { describe, it, expect } from '@jest/globals';
import type { TaskDefinitionPayload, TaskReport } from '#lib/ecs/model';
import fc from 'fast-check';
import { container, definitionOf, entryOf, SimulatedHost, taskArnOf } from '../../../../test/support/simulated-host.js';
import { dependenciesOf } from './ordering.js';
import type { AgentDeps } from '../agent.js';
import { EngineUnavailableError } from '../ports.js';
import { plan } from './task-engine.js';
import { newContainerRecords, newTaskRecord } from './task-record.js';

const env = (values: Record<string, string | number>) =>
  Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));

/** Runs one task of `definition` for `ms` and gives its newest report. */
async function run(definition: TaskDefinitionPayload, ms: number): Promise<{ host: SimulatedHost; report: TaskReport }> {
  const host = await new SimulatedHost().boot();
  host.assign(definition, ['t']);
  await host.clock.advance(ms);
  return { host, report: host.report('t')! };
}

const of = (report: TaskReport, name: string) => report.containers.find((other) => other.name === name)!;
const namesOf = (names: readonly string[]) => names.map((name) => /^ecs-story-1-(.+)-[0-9a-f]{20}$/.exec(name)![1]!);

describe('containers in order', () => {
  it('starts after SUCCESS of an init container, and the task is RUNNING although that has stopped', async () => {
    const init = container({ name: 'init', image: 'exit:0', essential: false });
    const web = container({ name: 'web', dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] });
    const { host, report } = await run(definitionOf([web, init]), 10);
    expect(namesOf(host.runtime.starts)).toEqual(['init', 'web']);
    expect(report.status).toBe('RUNNING');
    expect(of(report, 'init')).toMatchObject({ lastStatus: 'STOPPED', exitCode: 0 });
  });

  it('gives up when a SUCCESS dependency exits otherwise', async () => {
    const init = container({ name: 'init', image: 'exit:1', essential: false });
    const web = container({ name: 'web', dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] });
    const { report } = await run(definitionOf([init, web]), 10);
    expect(report).toMatchObject({ status: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' });
    expect(of(report, 'web').reason).toContain('as dependency did not exit successfully.');
    expect(of(report, 'init').exitCode).toBe(1);
  });

  it('needs only the creation of a container to take its volumes', async () => {
    const data = container({ name: 'data', image: 'data', essential: false, environment: env({ SIM_START_FAILS: 1 }) });
    const web = container({ name: 'web', volumesFrom: [{ sourceContainer: 'data' }] });
    const { report } = await run(definitionOf([web, data]), 2_000);
    expect(report.status).toBe('RUNNING');
    expect(of(report, 'data').lastStatus).toBe('STOPPED');
  });

  it('stops a task whose containers wait for each other, in ECS’s words', async () => {
    const a = container({ name: 'a', links: ['b'] });
    const b = container({ name: 'b', dependsOn: [{ containerName: 'a', condition: 'START' }] });
    const { host, report } = await run(definitionOf([a, b, container({ name: 'c' })]), 2_000);
    expect(report).toMatchObject({
      status: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(/^Task dependencies cannot be resolved, taskArn: arn:/),
    });
    expect(host.runtime.running()).toHaveLength(0);
  });

  it('gives up when a dependency will never start', async () => {
    const init = container({ name: 'init', image: 'init', essential: false, environment: env({ SIM_START_FAILS: 1 }) });
    const main = container({ name: 'main', image: 'main', dependsOn: [{ containerName: 'init', condition: 'COMPLETE' }] });
    const { report } = await run(definitionOf([init, main]), 10);
    expect(of(report, 'main').reason).toBe(
      'CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [init(init)(CREATED->STOPPED)] ' +
        'for target [main(main)(PULLED->RUNNING)] because dependency will never start',
    );
    expect(of(report, 'init').reason).toMatch(/^CannotStartContainerError: Error response from daemon: /);
    expect(report.stopCode).toBe('TaskFailedToStart');
  });

  it.each([
    ['unhealthy', 'UNHEALTHY', 'UNHEALTHY'],
    ['healthy', 'HEALTHY', 'UNKNOWN'],
  ])('still shows, once it is stopped, what it was stopped for: %s', async (health, runs, stopped) => {
    const environment = env({ SIM_HEALTH: health });
    const web = container({ name: 'web', healthCheck: { command: ['CMD', 'true'], interval: 7 }, environment });
    const { host, report } = await run(definitionOf([web]), 7_100);
    expect(report.healthStatus).toBe(runs);
    host.assign(definitionOf([web]), ['t'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(100);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED', healthStatus: stopped, containers: [{ healthStatus: stopped }] });
  });

  it('waits for HEALTHY', async () => {
    const db = container({ name: 'db', healthCheck: { command: ['CMD', 'true'], interval: 7 } });
    const web = container({ name: 'web', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] });
    const { host, report } = await run(definitionOf([web, db]), 6_900);
    expect(report.status).toBe('PENDING');
    await host.clock.advance(200);
    expect(host.report('t')).toMatchObject({ status: 'RUNNING', healthStatus: 'HEALTHY' });
  });

  it('stops waiting when the startTimeout of the dependency runs out', async () => {
    const check = { command: ['CMD', 'false'], interval: 5 };
    const db = container({ name: 'db', startTimeout: 20, healthCheck: check, environment: env({ SIM_HEALTH: 'unhealthy' }) });
    const web = container({ name: 'web', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] });
    const { host, report } = await run(definitionOf([db, web]), 19_900);
    expect(report).toMatchObject({ status: 'PENDING', healthStatus: 'UNHEALTHY' });
    await host.clock.advance(200);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED', stopCode: 'TaskFailedToStart' });
    expect(of(host.report('t')!, 'web').reason).toMatch(/has timed out\.$/);
  });

  it.each([
    ['ahead', 3 * 3_600_000],
    ['back', -3 * 3_600_000],
  ])('measures a startTimeout by durations: a host’s clock that is set %s changes nothing', async (_where, aheadMs) => {
    const check = { command: ['CMD', 'false'], interval: 5 };
    const db = container({ name: 'db', startTimeout: 20, healthCheck: check, environment: env({ SIM_HEALTH: 'unhealthy' }) });
    const web = container({ name: 'web', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] });
    const { host } = await run(definitionOf([db, web]), 7_000);
    host.clock.setWallClock(aheadMs);
    await host.clock.advance(12_900);
    expect(host.report('t')).toMatchObject({ status: 'PENDING' });
    await host.clock.advance(200);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED', stopCode: 'TaskFailedToStart' });
  });

  it('takes links and volumesFrom as START', async () => {
    const web = container({ name: 'web', links: ['db:database'], volumesFrom: [{ sourceContainer: 'data' }] });
    const { host } = await run(definitionOf([web, container({ name: 'db' }), container({ name: 'data' })]), 10);
    expect(namesOf(host.runtime.starts).at(-1)).toBe('web');
  });
});

describe('the end of a task', () => {
  it('comes with the first essential container, the others are stopped', async () => {
    const definition = definitionOf([
      container({ name: 'main', environment: env({ SIM_RUN_MS: 1000, SIM_EXIT_CODE: 4 }) }),
      container({ name: 'side', essential: false }),
    ]);
    const { report } = await run(definition, 2_000);
    expect(report).toMatchObject({
      status: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      executionStoppedAt: expect.any(String),
      startedAt: expect.any(String),
    });
    expect(of(report, 'main').exitCode).toBe(4);
    expect(of(report, 'side').exitCode).toBe(143);
  });

  it('does not come with a container that is not essential', async () => {
    const side = container({ name: 'side', essential: false, image: 'exit:1' });
    const { report } = await run(definitionOf([container({ name: 'main' }), side]), 10);
    expect(report).toMatchObject({ status: 'RUNNING' });
  });

  it('of one that exits at once still says that it started', async () => {
    const { report } = await run(definitionOf([container({ name: 'main', image: 'exit:0' })]), 10);
    expect(report).toMatchObject({ status: 'STOPPED', stopCode: 'EssentialContainerExited', startedAt: expect.any(String) });
  });

  it('says what Docker says when memory ran out', async () => {
    const { report } = await run(
      definitionOf([container({ name: 'main', environment: env({ SIM_RUN_MS: 5, SIM_EXIT_CODE: 137, SIM_OOM: 1 }) })]),
      10,
    );
    expect(report.containers[0]).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });

  it('is TaskFailedToStart when an image cannot be pulled', async () => {
    const { report } = await run(definitionOf([container({ name: 'main', image: 'missing' })]), 10);
    expect(report).toMatchObject({ status: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' });
    expect(report.containers[0]!.reason).toMatch(/^CannotPullContainerError: Error response from daemon: pull access denied/);
    expect(report.containers[0]!.exitCode).toBeUndefined();
  });

  it.each([
    [undefined, 29_000, 31_000],
    [5, 4_000, 6_000],
  ])('with stopTimeout %s kills a container that ignores SIGTERM', async (stopTimeout, alive, dead) => {
    const stubborn = container({ name: 'main', stopTimeout, environment: env({ SIM_STOP_MS: 999_999 }) });
    const definition = definitionOf([stubborn]);
    const { host } = await run(definition, 10);
    host.assign(definition, ['t'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(alive);
    expect(host.report('t')).toMatchObject({ status: 'STOPPING' });
    await host.clock.advance(dead - alive);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 137 }] });
  });

  it.each([
    ['goes on with what is left of the grace', '2026-11-28T12:00:10.000Z', 20_000],
    ['grants no more than the whole of it though the host’s clock was set back', '2026-11-28T09:00:00.000Z', 30_000],
  ])('%s when an agent that was restarted stops again', (_what, now, graceMs) => {
    const definition = definitionOf([container({ name: 'main' })]);
    const record = {
      ...newTaskRecord(entryOf(taskArnOf('t'), definition, { desiredStatus: 'STOPPED' }), 'journal-1', 'default'),
      containers: newContainerRecords(definition).map((main) => ({
        ...main,
        phase: 'RUNNING' as const,
        stopRequestedAt: '2026-11-28T12:00:00.000Z',
      })),
    };
    expect(plan(record, definition, new Map(), now).operations).toEqual([{ kind: 'stop', container: 'main', graceMs }]);
  });

  it('leaves a container what is left of its grace when the host’s clock is set ahead meanwhile', async () => {
    const graces: (number | undefined)[] = [];
    const wrap = (deps: AgentDeps): AgentDeps => ({
      ...deps,
      runtime: new Proxy(deps.runtime, {
        get: (runtime, key) => {
          const member = Reflect.get(runtime, key, runtime) as (...args: unknown[]) => unknown;
          if (key !== 'stop') return typeof member === 'function' ? member.bind(runtime) : member;
          return async (runtimeId: string, graceMs: number) => {
            graces.push(graceMs);
            await deps.clock.sleep(1_000);
            host.clock.setWallClock(3_600_000);
            if (graces.length < 2) throw new EngineUnavailableError('the engine did not answer');
            return runtime.stop(runtimeId, graceMs);
          };
        },
      }),
    });
    const host = await new SimulatedHost(1, {}, { wrap }).boot();
    const definition = definitionOf([container({ name: 'main' })]);
    host.assign(definition, ['t']);
    await host.clock.advance(1_000);
    host.assign(definition, ['t'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(5_000);
    expect(graces).toEqual([30_000, 28_500]);
  });

  it('does not wait for a pull that nobody needs any more', async () => {
    const host = await new SimulatedHost(1, { latencyMs: { least: 20_000, most: 20_000 } }).boot();
    const definition = definitionOf([container({ name: 'main' })]);
    await host.clock.advance(130_000);
    host.assign(definition, ['t']);
    await host.clock.advance(1_000);
    host.assign(definition, ['t'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(1_000);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED' });
  });
});

describe('a restart policy', () => {
  const restarting = (fields: Record<string, unknown>, runMs: number, exitCode = 1) =>
    definitionOf([
      container({
        name: 'main',
        restartPolicy: { enabled: true, restartAttemptPeriod: 60, ...fields },
        environment: env({ SIM_RUN_MS: runMs, SIM_EXIT_CODE: exitCode }),
      }),
    ]);

  it('restarts an essential container that ran long enough, and the task goes on', async () => {
    const { host, report } = await run(restarting({}, 61_000), 130_000);
    expect(report).toMatchObject({ status: 'RUNNING', containers: [{ restartCount: 2, lastStatus: 'RUNNING' }] });
    expect(host.runtime.starts).toHaveLength(3);
  });

  it('does not restart one that ran too short', async () => {
    const { report } = await run(restarting({}, 59_000), 100_000);
    expect(report).toMatchObject({ status: 'STOPPED', stopCode: 'EssentialContainerExited' });
  });

  it('restarts after exit code 0 too, unless it is ignored', async () => {
    expect((await run(restarting({}, 61_000, 0), 62_000)).report.status).toBe('RUNNING');
    expect((await run(restarting({ ignoredExitCodes: [0] }, 61_000, 0), 62_000)).report.status).toBe('STOPPED');
  });
});

describe('overrides', () => {
  it('reach the container', async () => {
    const host = await new SimulatedHost().boot();
    const definition = definitionOf([container({ name: 'main', environment: env({ A: 1 }) })]);
    host.assign(definition, ['t'], {
      overrides: { containerOverrides: [{ name: 'main', environment: env({ SIM_RUN_MS: 5, SIM_EXIT_CODE: 9 }) }] },
    });
    await host.clock.advance(10);
    expect(host.report('t')!.containers[0]!.exitCode).toBe(9);
  });
});

describe('any acyclic task', () => {
  const conditions = fc.constantFrom('START' as const, 'COMPLETE' as const, 'SUCCESS' as const, 'HEALTHY' as const);
  /** Containers depend only on earlier ones; the last is essential; those that must complete do. */
  const definitions = fc
    .array(
      fc.record({
        dependsOn: fc.array(fc.tuple(fc.nat(), conditions), { maxLength: 3 }),
        runMs: fc.nat(500),
        stopMs: fc.nat(300),
      }),
      {
        minLength: 1,
        maxLength: 7,
      },
    )
    .map((rows) => {
      const mustEnd = new Set(
        rows.flatMap(({ dependsOn }, index) =>
          index === 0 ? [] : dependsOn.filter(([, on]) => on === 'COMPLETE' || on === 'SUCCESS').map(([to]) => to % index),
        ),
      );
      const containers = rows.map((row, index) =>
        container({
          name: `c${index}`,
          essential: index === rows.length - 1,
          dependsOn:
            index === 0
              ? []
              : row.dependsOn
                  .map(([to, condition]) => ({ containerName: `c${to % index}`, condition }))
                  .filter(
                    ({ containerName, condition }) => condition !== 'HEALTHY' || !mustEnd.has(Number(containerName.slice(1))),
                  ),
          healthCheck: { command: ['CMD', 'true'], interval: 5 },
          environment: env({ SIM_STOP_MS: row.stopMs, ...(mustEnd.has(index) ? { SIM_RUN_MS: row.runMs } : {}) }),
        }),
      );
      return definitionOf(containers);
    });

  it('starts no container before its dependencies and stops them in reverse order', async () => {
    await fc.assert(
      fc.asyncProperty(definitions, fc.nat(1000), async (definition, seed) => {
        const host = await new SimulatedHost(seed, { latencyMs: { least: 1, most: 40 } }).boot();
        host.assign(definition, ['t']);
        await host.clock.advance(60_000);
        const started = namesOf(host.runtime.starts);
        const before = (order: readonly string[], first: string, second: string) =>
          !order.includes(first) || !order.includes(second) || order.indexOf(first) < order.indexOf(second);
        expect(started).toHaveLength(definition.containerDefinitions.length);
        for (const target of definition.containerDefinitions) {
          for (const { containerName } of dependenciesOf(target)) expect(before(started, containerName, target.name)).toBe(true);
        }
        expect(host.report('t')!.status).toBe('RUNNING');

        host.assign(definition, ['t'], { desiredStatus: 'STOPPED' });
        await host.clock.advance(60_000);
        const stopped = namesOf(host.runtime.stops);
        for (const target of definition.containerDefinitions) {
          for (const { containerName } of dependenciesOf(target)) expect(before(stopped, target.name, containerName)).toBe(true);
        }
        expect(host.report('t')!.status).toBe('STOPPED');
        host.agent.stop();
      }),
      // Says what it was at when it takes too long, while it is being made smaller, too.
      { numRuns: 60, interruptAfterTimeLimit: 45_000, markInterruptAsFailure: true },
    );
  });
});
