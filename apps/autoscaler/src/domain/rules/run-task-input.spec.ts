import { runTaskInput } from './run-task-input.js';

const TARGET = {
  Id: 'report',
  Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
  EcsParameters: { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report:3' },
};

describe('what RunTask is asked for a target', () => {
  it('is one task, started by the rule', () => {
    expect(runTaskInput({ kind: 'rule', name: 'nightly' }, TARGET, 'token')).toEqual({
      clientToken: 'token',
      cluster: TARGET.Arn,
      taskDefinition: TARGET.EcsParameters.TaskDefinitionArn,
      count: 1,
      startedBy: 'events-rule/nightly',
    });
  });

  it('has all that the target says, as ECS spells it', () => {
    const Input = JSON.stringify({
      containerOverrides: [{ name: 'app', command: ['run'], environment: [{ name: 'A', value: '' }] }],
    });
    const EcsParameters = {
      ...TARGET.EcsParameters,
      TaskCount: 2,
      LaunchType: 'FARGATE',
      NetworkConfiguration: {
        awsvpcConfiguration: { Subnets: ['subnet-a'], SecurityGroups: ['sg-a'], AssignPublicIp: 'ENABLED' },
      },
      PlatformVersion: 'LATEST',
      Group: 'reports',
      EnableECSManagedTags: true,
      EnableExecuteCommand: false,
      PlacementConstraints: [{ type: 'distinctInstance' }],
      PlacementStrategy: [{ type: 'spread', field: 'instanceId' }],
      PropagateTags: 'TASK_DEFINITION',
      ReferenceId: 'r',
      Tags: [{ Key: 'a', Value: 'b' }],
    };
    expect(runTaskInput({ kind: 'rule', name: 'nightly' }, { ...TARGET, Input, EcsParameters }, 'token')).toEqual({
      clientToken: 'token',
      cluster: TARGET.Arn,
      taskDefinition: TARGET.EcsParameters.TaskDefinitionArn,
      count: 2,
      startedBy: 'events-rule/nightly',
      launchType: 'FARGATE',
      platformVersion: 'LATEST',
      group: 'reports',
      networkConfiguration: {
        awsvpcConfiguration: { subnets: ['subnet-a'], securityGroups: ['sg-a'], assignPublicIp: 'ENABLED' },
      },
      placementConstraints: [{ type: 'distinctInstance' }],
      placementStrategy: [{ type: 'spread', field: 'instanceId' }],
      propagateTags: 'TASK_DEFINITION',
      enableECSManagedTags: true,
      enableExecuteCommand: false,
      referenceId: 'r',
      tags: [{ key: 'a', value: 'b' }],
      overrides: { containerOverrides: [{ name: 'app', command: ['run'], environment: [{ name: 'A', value: '' }] }] },
    });
  });
});
