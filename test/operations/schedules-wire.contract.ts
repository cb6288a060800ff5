import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  ResourceNotFoundException,
  SchedulerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, KEYS, SCOPE } from '../support/aws-endpoint.js';
import { schedulerEndpoint } from '../support/scaling-endpoint.js';

/** EventBridge Scheduler speaks REST with JSON: paths, queries, bodies and errors as the JavaScript SDK has them. */
describe('the wire of schedules', () => {
  let endpoint: AwsEndpoint;
  let sdk: SchedulerClient;
  const target = {
    Arn: `arn:aws:ecs:us-east-1:${SCOPE.accountId}:cluster/default`,
    RoleArn: `arn:aws:iam::${SCOPE.accountId}:role/scheduler`,
    EcsParameters: {
      TaskDefinitionArn: `arn:aws:ecs:us-east-1:${SCOPE.accountId}:task-definition/report`,
      NetworkConfiguration: { awsvpcConfiguration: { Subnets: ['subnet-a'] } },
      Tags: [{ key: 'a', value: 'b' }],
    },
  };

  beforeAll(async () => {
    endpoint = await schedulerEndpoint();
    sdk = new SchedulerClient({ endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
  });

  it('takes a schedule from its creation to its end, and tells errors as the SDK knows them', async () => {
    const schedule = {
      Name: 'nightly',
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      StartDate: new Date('2027-01-01T00:00:00Z'),
      FlexibleTimeWindow: { Mode: 'OFF' as const },
      Target: target,
    };
    const { ScheduleArn } = await sdk.send(new CreateScheduleCommand(schedule));
    expect(ScheduleArn).toBe(`arn:aws:scheduler:us-east-1:${SCOPE.accountId}:schedule/default/nightly`);
    await expect(sdk.send(new CreateScheduleCommand(schedule))).rejects.toBeInstanceOf(ConflictException);
    const read = await sdk.send(new GetScheduleCommand({ Name: 'nightly', GroupName: 'default' }));
    expect(read).toMatchObject({
      ...schedule,
      State: 'ENABLED',
      Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 185 } },
    });
    await sdk.send(new UpdateScheduleCommand({ ...schedule, State: 'DISABLED' }));
    const listed = await sdk.send(new ListSchedulesCommand({ NamePrefix: 'night', State: 'DISABLED', MaxResults: 10 }));
    expect(listed.Schedules).toMatchObject([{ Name: 'nightly', State: 'DISABLED' }]);
    await sdk.send(new DeleteScheduleCommand({ Name: 'nightly' }));
    const gone = sdk.send(new GetScheduleCommand({ Name: 'nightly' }));
    await expect(gone).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(gone).rejects.toMatchObject({
      message: 'Schedule nightly does not exist.',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(sdk.send(new CreateScheduleCommand({ ...schedule, Name: 'a b' }))).rejects.toThrow(/regular expression/);
  });

  it('has groups, with tags', async () => {
    const { ScheduleGroupArn: ResourceArn } = await sdk.send(
      new CreateScheduleGroupCommand({ Name: 'reports', Tags: [{ Key: 'team', Value: 'data' }] }),
    );
    await sdk.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] }));
    await sdk.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team'] }));
    expect((await sdk.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    const group = { Arn: ResourceArn, Name: 'reports', State: 'ACTIVE' };
    expect(await sdk.send(new GetScheduleGroupCommand({ Name: 'reports' }))).toMatchObject(group);
    const listed = await sdk.send(new ListScheduleGroupsCommand({}));
    expect(listed.ScheduleGroups).toMatchObject([{ Name: 'default' }, group]);
    const FlexibleTimeWindow = { Mode: 'OFF' as const };
    const schedule = { Name: 'x', GroupName: 'reports', ScheduleExpression: 'rate(1 day)', FlexibleTimeWindow, Target: target };
    const { ScheduleArn } = await sdk.send(new CreateScheduleCommand(schedule));
    expect(ScheduleArn).toBe(`arn:aws:scheduler:us-east-1:${SCOPE.accountId}:schedule/reports/x`);
    await sdk.send(new DeleteScheduleGroupCommand({ Name: 'reports' }));
    await expect(sdk.send(new ListSchedulesCommand({ GroupName: 'reports' }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});
