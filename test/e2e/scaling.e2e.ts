import { DescribeServiceDeploymentsCommand, ListServiceDeploymentsCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

/** Application Auto Scaling with the AWS CLI, on real containers. */
describe('a scalable target', () => {
  let longshore: Longshore;
  const run = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();
  const TARGET = '--service-namespace ecs --resource-id service/default/web --scalable-dimension ecs:service:DesiredCount'.split(
    ' ',
  );
  const scaling = (operation: string, ...args: string[]) => run('application-autoscaling', operation, ...TARGET, ...args);
  const service = async () => (await run('ecs', 'describe-services', '--services', 'web')).services[0];

  beforeAll(async () => {
    longshore = await startLongshore();
    const { containerDefinitions } = oneContainer('web', 'sleep 1000', { stopTimeout: 0 });
    await run(
      'ecs',
      'register-task-definition',
      '--family',
      'web',
      '--container-definitions',
      JSON.stringify(containerDefinitions),
    );
    await run('ecs', 'create-service', '--service-name', 'web', '--task-definition', 'web', '--desired-count', '1');
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('scales out for a metric that is over its target, over the death of the autoscaler, and in for a new maximum; all say why', async () => {
    await scaling('register-scalable-target', '--min-capacity', '1', '--max-capacity', '3');
    const tracking = {
      TargetValue: 10,
      CustomizedMetricSpecification: { Namespace: 'app', MetricName: 'Depth', Statistic: 'Average' },
    };
    const policy = ['--policy-name', 'depth', '--policy-type', 'TargetTrackingScaling'];
    const { Alarms } = await scaling(
      'put-scaling-policy',
      ...policy,
      '--target-tracking-scaling-policy-configuration',
      JSON.stringify(tracking),
    );
    expect(Alarms).toHaveLength(2);
    await eventually('the task runs', async () => (await service()).runningCount === 1, 60_000);
    await run('cloudwatch', 'put-metric-data', '--namespace', 'app', '--metric-name', 'Depth', '--value', '25');
    await eventually('three are wanted', async () => (await service()).desiredCount === 3, 60_000);
    // In the middle of it: what it has done is not done again (there is one activity), and what it has to say of it is said.
    await longshore.kill9('autoscaler');
    await eventually('three tasks run', async () => (await service()).runningCount === 3, 60_000);
    await longshore.ready();
    const { events } = await service();
    expect(events.map(({ message }: { message: string }) => message)).toContainEqual(
      expect.stringMatching(
        /desired count set from 1 to 3 by the autoscaler: .*app Depth is 25 \(Average of 10 s\), > 10, with 1 running tasks/,
      ),
    );
    await scaling('register-scalable-target', '--max-capacity', '1');
    await eventually('one task runs', async () => (await service()).runningCount === 1, 60_000);
    const { ScalingActivities } = await scaling('describe-scaling-activities');
    expect(ScalingActivities.map(({ Cause }: { Cause: string }) => Cause)).toEqual([
      'maximum capacity was set to 1',
      expect.stringMatching(
        /^monitor alarm TargetTracking-service\/default\/web-AlarmHigh-[0-9a-f-]+ in state ALARM triggered policy depth$/,
      ),
    ]);
    const { stdout } = await longshore.run('explain', 'scaling', 'web');
    expect(stdout).toContain('service/default/web: 1 of 1 wanted tasks run; 1 to 1 may\n  It stays at 1: ');
    expect(stdout).toContain('app Depth greater than 10 in 1 of 1 periods');
    expect(stdout).toContain('app Depth is 25 (Average of 10 s), > 10, with 1 running tasks; policy depth sets 1 → 3');
  }, 200_000);

  it('ends a deployment whose alarm goes to ALARM: the service goes back, and says why', async () => {
    await eventually(
      'its deployment completes',
      async () => (await service()).deployments[0].rolloutState === 'COMPLETED',
      60_000,
    );
    const before = (await service()).taskDefinition;
    const alarm = {
      AlarmName: 'errors',
      Namespace: 'app',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 10,
      EvaluationPeriods: 1,
    };
    const input = { ...alarm, Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' };
    await run('cloudwatch', 'put-metric-alarm', '--cli-input-json', JSON.stringify(input));
    const { containerDefinitions } = oneContainer('web', 'sleep 2000', { stopTimeout: 0 });
    const definitions = JSON.stringify(containerDefinitions);
    await run('ecs', 'register-task-definition', '--family', 'web', '--container-definitions', definitions);
    const alarms = 'alarms={alarmNames=[errors],enable=true,rollback=true}';
    await run('ecs', 'update-service', '--service', 'web', '--task-definition', 'web', '--deployment-configuration', alarms);
    await run('cloudwatch', 'put-metric-data', '--namespace', 'app', '--metric-name', 'Errors', '--value', '1');
    await eventually('the service is back', async () => (await service()).taskDefinition === before, 60_000);
    const { events } = await service();
    expect(events.map(({ message }: { message: string }) => message)).toContainEqual(
      expect.stringMatching(/deployment failed: alarm detected: errors\.$/),
    );
    // The distribution's CLI is older than service deployments.
    const listed = await longshore.ecs.send(new ListServiceDeploymentsCommand({ service: 'web' }));
    const serviceDeploymentArns = [listed.serviceDeployments![0]!.serviceDeploymentArn!];
    const told = await longshore.ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
    expect(told.serviceDeployments![0]!.alarms).toEqual({
      status: 'TRIGGERED',
      alarmNames: ['errors'],
      triggeredAlarmNames: ['errors'],
    });
  }, 200_000);
});
