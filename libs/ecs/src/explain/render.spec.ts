import { expect, it } from '@jest/globals';
import { ExplainWorld } from '../../../../test/support/explain-world.js';

const breaker = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };

/** What `./longshore explain` prints, without the ids of deployments. */
const linesOf = async (world: ExplainWorld, input: object) =>
  (await world.explain(input)).text.replace(/ecs-svc\/\d+/g, 'ecs-svc/n').split('\n');

it('a task, for people', async () => {
  const world = new ExplainWorld();
  world.create({ ...breaker, desiredCount: 1 }, 1);
  world.becomeSteady();
  const [first] = world.live;
  world.containerEnds(first!, { exitCode: 3 });
  world.settle();
  world.wait(90_000);
  expect(await linesOf(world, { task: first!.taskArn })).toEqual([
    'Task f8b3392e2513905d57c722da81ac76cb of service web, replica 0, web:1, cluster default, at 2026-11-23 12:01:37 UTC',
    'STOPPED 90 s ago: its essential container web exited with code 3. Task 60a00961 has replaced it.',
    '',
    'What happened',
    '  98 s ago  12:00:00.003  r3  CreateService started deployment ecs-svc/n of web:1, 1 task',
    '                                by arn:aws:iam::000000000000:root, request command-3',
    '  98 s ago  12:00:00.004  r4  the scheduler placed it on container instance 11111111 as replica 0 of deployment',
    '                                  ecs-svc/n',
    '                                because the deployment had no task for replica 0 yet',
    '                                1 of 1 container instances could take it at r3, where it was planned',
    '  98 s ago  12:00:00.004  r5  RUNNING',
    '  90 s ago  12:00:07.506  r7  STOPPED: Essential container in task exited (EssentialContainerExited)',
    '                                container web exited with code 3',
    '',
    'Since then',
    '  replaced by task 60a00961 on container instance 11111111, placed 90 s ago, PENDING',
  ]);
});

it('a service, for people', async () => {
  const world = new ExplainWorld();
  world.create({ ...breaker, desiredCount: 1 }, 1);
  world.becomeSteady();
  world.definition([{ name: 'web', image: 'web', memory: 4_096 }]);
  world.given('UpdateService', { service: 'web', taskDefinition: 'web:2' });
  world.settle();
  world.wait(90_000);
  expect(await linesOf(world, { service: 'web' })).toEqual([
    'Service web, cluster default, at 2026-11-23 12:01:37 UTC',
    'Not steady: 1 of 1 wanted tasks healthy, 0 of them of web:2.',
    '',
    'Why',
    '  1 task is missing: no container instance takes one now.',
    '    0 of 1 container instances would take it',
    '    1 refuses, RESOURCE:MEMORY: has 1920 of 2048 MiB of memory left, the task needs 4096 (11111111)',
    '    No task of the earlier deployment may be stopped to make room for it: minimumHealthyPercent is 100 of 1 desired',
    '      tasks. Lower it, or add capacity.',
    '  1 task of earlier deployments still runs; it goes as new ones become healthy.',
    '    f8b3392e',
    '',
    'It waits for',
    '  a container instance that takes a task; any change of the instances makes the scheduler look again',
    '',
    'Deployments',
    '  ecs-svc/n  PRIMARY IN_PROGRESS  web:2, started 90 s ago',
    '    1 wanted: 0 running, 0 healthy, 0 pending, 0 stopping',
    '    circuit breaker: 0 of 3 failures in a row',
    '    a task counts as healthy when it has been RUNNING for 5 s: no essential container has a health check, so the state',
    "      store's LONGSHORE_SERVICE_HEALTHY_AFTER_MS decides, as it was when the deployment began",
    '    from UpdateService by arn:aws:iam::000000000000:root, request command-8, r8',
    '  ecs-svc/n  ACTIVE COMPLETED  web:1, started 98 s ago',
    '    0 wanted: 1 running, 1 healthy, 0 pending, 0 stopping',
    '    from CreateService by arn:aws:iam::000000000000:root, request command-3, r3',
    '',
    'What happened',
    '  98 s ago  12:00:00.003  r3  CreateService created the service with 1 task; started deployment',
    '                                  ecs-svc/n of web:1',
    '                                by arn:aws:iam::000000000000:root, request command-3',
    '  98 s ago  12:00:00.004  r4  the scheduler placed 1 task: f8b3392e on instance 11111111',
    '  93 s ago  12:00:05.006  r6  the scheduler completed deployment ecs-svc/n; found the service steady',
    '  90 s ago  12:00:07.508  r8  UpdateService started deployment ecs-svc/n of web:2',
    '                                by arn:aws:iam::000000000000:root, request command-8',
    '  90 s ago  12:00:07.509  r9  the scheduler said what stands in the way',
    '                                Was unable to place a task because no container instance met all of its requirements.',
    '                                  The closest matching (container-instance 11111111111111111111111111111111) has',
    '                                  insufficient memory available. It has 1920 of 2048 MiB of memory left, the task needs',
    '                                  4096. (RESOURCE:MEMORY) No task of the earlier deployment may be stopped to make room',
    '                                  for it: minimumHealthyPercent is 100 of 1 desired tasks. Lower it, or add capacity.',
  ]);
});
