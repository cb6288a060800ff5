import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, KEYS, SCOPE } from '../support/aws-endpoint.js';
import { eventsEndpoint } from '../support/scaling-endpoint.js';

/** EventBridge's rules as their users call them: the AWS CLI that the distribution ships, the JavaScript SDK, and Terraform's order of calls. */
describe('the wire of rules', () => {
  let endpoint: AwsEndpoint;
  let sdk: EventBridgeClient;
  const arn = (resource: string) => `arn:aws:ecs:us-east-1:${SCOPE.accountId}:${resource}`;
  const target = {
    Id: 'report',
    Arn: arn('cluster/default'),
    EcsParameters: {
      TaskDefinitionArn: arn('task-definition/report'),
      LaunchType: 'FARGATE' as const,
      NetworkConfiguration: { awsvpcConfiguration: { Subnets: ['subnet-a'], AssignPublicIp: 'DISABLED' as const } },
    },
  };

  beforeAll(async () => {
    endpoint = await eventsEndpoint();
    sdk = new EventBridgeClient({ endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
  });

  it('is driven by the AWS CLI from a rule to its end', async () => {
    const rule = ['--name', 'nightly'];
    const { RuleArn } = await endpoint.aws(
      'put-rule',
      ...rule,
      '--schedule-expression',
      'cron(0 3 * * ? *)',
      '--tags',
      'Key=a,Value=b',
    );
    await endpoint.aws('put-targets', '--rule', 'nightly', '--targets', JSON.stringify([target]));
    expect((await endpoint.aws('list-rule-names-by-target', '--target-arn', target.Arn)).RuleNames).toEqual(['nightly']);
    await endpoint.aws('disable-rule', ...rule);
    expect((await endpoint.aws('list-rules', '--name-prefix', 'n')).Rules).toMatchObject([{ Arn: RuleArn, State: 'DISABLED' }]);
    await endpoint.aws('enable-rule', ...rule);
    await endpoint.aws('untag-resource', '--resource-arn', RuleArn, '--tag-keys', 'a');
    await endpoint.aws('tag-resource', '--resource-arn', RuleArn, '--tags', 'Key=c,Value=d');
    expect((await endpoint.aws('list-tags-for-resource', '--resource-arn', RuleArn)).Tags).toEqual([{ Key: 'c', Value: 'd' }]);
    expect((await endpoint.aws('list-event-buses')).EventBuses).toEqual([await endpoint.aws('describe-event-bus')]);
    expect(await endpoint.refused('delete-rule', ...rule)).toContain('(ValidationException)');
    expect(await endpoint.refused('put-rule', '--name', 'x', '--event-pattern', '{}')).toContain(
      '(InvalidEventPatternException)',
    );
    const pattern = ['--event-pattern', '{"source":["aws.ecs"]}'];
    expect(await endpoint.aws('test-event-pattern', ...pattern, '--event', '{"source":"aws.ecs"}')).toEqual({ Result: true });
    await endpoint.aws('put-rule', '--name', 'told', ...pattern);
    const group = 'arn:aws:logs:us-east-1:111122223333:log-group:/aws/events/ecs';
    expect(await endpoint.aws('put-targets', '--rule', 'told', '--targets', `Id=log,Arn=${group}`)).toMatchObject({
      FailedEntryCount: 0,
    });
    expect((await endpoint.aws('describe-rule', '--name', 'told')).EventPattern).toBe(pattern[1]);
    expect((await endpoint.aws('list-targets-by-rule', '--rule', 'told')).Targets).toEqual([{ Id: 'log', Arn: group }]);
    expect(
      await endpoint.refused('put-targets', '--rule', 'told', '--targets', 'Id=x,Arn=arn:aws:sqs:us-east-1:000000000000:q'),
    ).toContain('follow-events.md');
    expect((await endpoint.aws('remove-targets', '--rule', 'nightly', '--ids', 'report')).FailedEntryCount).toBe(0);
    await endpoint.aws('delete-rule', ...rule);
  }, 120_000);

  it('gives Terraform back what it sent, and the SDK its errors', async () => {
    // As aws_cloudwatch_event_rule and aws_cloudwatch_event_target send it.
    const rule = { Name: 'terraform', EventBusName: 'default', ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' as const };
    const { RuleArn } = await sdk.send(new PutRuleCommand({ ...rule, Description: 'd', Tags: [{ Key: 'a', Value: 'b' }] }));
    expect(await sdk.send(new DescribeRuleCommand({ Name: 'terraform', EventBusName: 'default' }))).toMatchObject({
      ...rule,
      Arn: RuleArn,
      Description: 'd',
    });
    expect((await sdk.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }))).Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    await sdk.send(new PutTargetsCommand({ Rule: 'terraform', EventBusName: 'default', Targets: [target] }));
    const listed = await sdk.send(new ListTargetsByRuleCommand({ Rule: 'terraform', EventBusName: 'default', Limit: 100 }));
    expect(listed.Targets).toEqual([target]);
    await expect(sdk.send(new DescribeRuleCommand({ Name: 'none' }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});
