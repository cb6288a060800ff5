import { type ApiReply, apiHeaders, fromJson, type RequestOutcome, toJson } from '#lib/messaging';
import { seededRandom } from '#lib/platform';
import type { ScheduledRun } from '../domain/rules/model.js';
import { EcsTasks } from './ecs-tasks.js';

const RUN: ScheduledRun = {
  accountId: '000000000000',
  region: 'us-east-1',
  id: 'f'.repeat(32),
  source: { kind: 'rule', name: 'nightly' },
  target: {
    given: {
      Id: 'report',
      Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
      EcsParameters: { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report' },
    },
    accessKeyId: 'AKID',
  },
  dueAt: '2026-11-29T00:00:00.000Z',
  attempts: 0,
  refusals: 0,
  retryAt: '2026-11-29T00:00:00.000Z',
} as never;

const replies = (reply: ApiReply): RequestOutcome => ({ outcome: 'reply', payload: toJson(reply), headers: {} });

describe('the tasks of a scheduled run', () => {
  const asked: { subject: string; input: unknown; headers: Readonly<Record<string, string>> }[] = [];
  const tasksOf = (outcome: RequestOutcome) =>
    new EcsTasks(
      {
        request: async (subject, payload, { headers = {} }) => {
          asked.push({ subject, input: fromJson(payload), headers });
          return outcome;
        },
      },
      seededRandom(1),
    );

  it('are asked of ECS under the token of the run, as EventBridge, with the rights of the key that put the target', async () => {
    const started = replies({ output: { tasks: [{ taskArn: 'a' }], failures: [] } });
    expect(await tasksOf(started).run(RUN)).toEqual({ taskArns: ['a'] });
    expect(asked[0]).toMatchObject({
      subject: 'api.ecs.RunTask',
      input: { clientToken: RUN.id, startedBy: 'events-rule/nightly', count: 1 },
      headers: {
        [apiHeaders.principal]: 'events.amazonaws.com',
        [apiHeaders.accessKeyId]: 'AKID',
        [apiHeaders.region]: 'us-east-1',
      },
    });
  });

  it.each<[RequestOutcome, string, boolean]>([
    [{ outcome: 'timeout' }, 'No scheduler answered.', false],
    [{ outcome: 'no-responders' }, 'No scheduler answered.', false],
    [replies({ unavailable: 'the fold lags' }), 'RunTask could not be answered: the fold lags', false],
    [
      replies({
        output: { tasks: [{ taskArn: 'a' }], failures: [{ reason: 'RESOURCE:MEMORY' }, { reason: 'RESOURCE:MEMORY' }] },
      }),
      'RunTask started 1 tasks and failed for the others: RESOURCE:MEMORY',
      false,
    ],
    [
      replies({ rejection: { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 } }),
      'ThrottlingException: Rate exceeded',
      false,
    ],
    [replies({ rejection: { code: 'ServerException', message: 'x', status: 500 } }), 'ServerException: x', false],
    [
      replies({ rejection: { code: 'ClusterNotFoundException', message: 'Cluster not found.', status: 400 } }),
      'ClusterNotFoundException: Cluster not found.',
      true,
    ],
  ])('have a problem that says why: %j', async (outcome, reason, isRefused) => {
    expect(await tasksOf(outcome).run(RUN)).toEqual({ problem: { reason, isRefused } });
  });
});
