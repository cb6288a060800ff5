import { describe, expect, it } from '@jest/globals';
import type { TaskReport } from '#lib/ecs/model';
import { agentMessages, taskReport } from './agent-messages.js';

const at = '2026-11-23T12:00:00.000Z';
const whole: Required<TaskReport> = {
  taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/default/1',
  sequence: 7,
  status: 'STOPPED',
  containers: [
    {
      name: 'web',
      lastStatus: 'STOPPED',
      runtimeId: 'c1',
      imageDigest: 'sha256:1',
      exitCode: 137,
      reason: 'OutOfMemoryError: killed',
      networkBindings: [{ bindIP: '127.0.0.1', containerPort: 80, hostPort: 49_153, protocol: 'tcp' }],
      healthStatus: 'UNHEALTHY',
      restartCount: 2,
    },
  ],
  pullStartedAt: at,
  pullStoppedAt: at,
  startedAt: at,
  stoppingAt: at,
  executionStoppedAt: at,
  stoppedAt: at,
  healthStatus: 'UNHEALTHY',
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
};
const said = (task: unknown) => taskReport.safeParse(task);

describe('a report', () => {
  it('is taken as it is', () => expect(said(whole)).toEqual({ success: true, data: whole }));

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no containers', { ...whole, containers: undefined }],
    ['a status that there is not', { ...whole, status: 'DONE' }],
    ['a stop code that is not the agent’s to give', { ...whole, stopCode: 'UserInitiated' }],
    ['an instant that is none', { ...whole, startedAt: 'soon' }],
    ['a sequence that is no number', { ...whole, sequence: '7' }],
  ])('is refused when it says %s', (_what, task) => expect(said(task).success).toBe(false));

  it('is refused without tasks', () => expect(agentMessages.report.safeParse({}).success).toBe(false));

  it('is cut where an engine says too much', () => {
    const { data } = said({ ...whole, stoppedReason: 'x'.repeat(10_000) });
    expect(data!.stoppedReason).toHaveLength(4_096);
  });
});
