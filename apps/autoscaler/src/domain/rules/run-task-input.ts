import { z } from 'zod';
import type { Scope } from '#lib/kernel';
import type { EcsParameters, EcsTarget, GivenTarget, RunSource } from './model.js';
import { ruleRefusals as refusals } from './refusals.js';

/** What EventBridge's other targets, and other forms of `Input`, need: nobody would act on it here. */
const NOT_SERVED = [
  'InputPath',
  'InputTransformer',
  'KinesisParameters',
  'RunCommandParameters',
  'BatchParameters',
  'SqsParameters',
  'HttpParameters',
  'RedshiftDataParameters',
  'SageMakerPipelineParameters',
  'DeadLetterConfig',
  'AppSyncParameters',
  'EventBridgeParameters',
] as const;

export type TargetInput = GivenTarget & Readonly<Partial<Record<(typeof NOT_SERVED)[number], unknown>>>;

const MOST_TASKS = 10;

const text = z.string();
const whole = z.number().int();
/** As the model of RunTask has it; what it says beside types, RunTask checks against the task definition. */
const overrides = z.strictObject({
  containerOverrides: z
    .array(
      z.strictObject({
        name: text.min(1),
        command: z.array(text).optional(),
        environment: z.array(z.strictObject({ name: text, value: text })).optional(),
        environmentFiles: z.array(z.strictObject({ type: z.literal('s3'), value: text })).optional(),
        cpu: whole.optional(),
        memory: whole.optional(),
        memoryReservation: whole.optional(),
        resourceRequirements: z.array(z.strictObject({ type: z.enum(['GPU', 'InferenceAccelerator']), value: text })).optional(),
      }),
    )
    .optional(),
  cpu: text.optional(),
  memory: text.optional(),
  executionRoleArn: text.optional(),
  taskRoleArn: text.optional(),
  ephemeralStorage: z.strictObject({ sizeInGiB: whole }).optional(),
});

function overridesIn(id: string, input: string | undefined): z.infer<typeof overrides> | undefined {
  if (input === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(input);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusals.validation(`JSON syntax error in input for target ${id} : ${error.message}`);
  }
  const read = overrides.safeParse(content);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw refusals.validation(
    `The Input of target ${id} has to be what RunTask takes as overrides, {"containerOverrides": [...]}: ${[...path, message].join(': ')}`,
  );
}

/** The target as it is kept. Throws on what could never be run. */
export function checkTarget(scope: Scope, input: TargetInput): EcsTarget {
  const { Id, Arn, RoleArn, Input, EcsParameters: ecs, RetryPolicy } = input;
  const { accountId, region } = scope;
  if (!Arn.startsWith('arn:'))
    throw refusals.validation(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const ownCluster = new RegExp(`^arn:aws:ecs:${region}:${accountId}:cluster/[a-zA-Z0-9_-]{1,255}$`);
  if (!ownCluster.test(Arn))
    throw refusals.validation(
      `Longshore runs tasks of ECS only: the Arn of target ${Id} has to be that of a cluster of this account and region, arn:aws:ecs:${region}:${accountId}:cluster/NAME.`,
    );
  const other = NOT_SERVED.find((member) => input[member] !== undefined);
  if (other === 'DeadLetterConfig')
    throw refusals.validation(
      `Longshore has no queues for DeadLetterConfig of target ${Id}: leave it out. What could not be run is an event (./longshore events).`,
    );
  if (other) throw refusals.validation(`Longshore does not have ${other} of target ${Id}. Leave it out.`);
  if (!ecs) throw refusals.validation(`Parameter(s) EcsParameters must be specified for target: ${Id}.`);
  const ownDefinition = new RegExp(`^arn:aws:ecs:${region}:${accountId}:task-definition/[a-zA-Z0-9_-]{1,255}(:[1-9]\\d*)?$`);
  if (!ownDefinition.test(ecs.TaskDefinitionArn))
    throw refusals.validation(`Parameter TaskDefinitionArn of target ${Id} is not valid: it has to be an ARN of this account.`);
  if ((ecs.TaskCount ?? 1) > MOST_TASKS)
    throw refusals.validation(`TaskCount of target ${Id} must be between 1 and ${MOST_TASKS}.`);
  if (ecs.LaunchType !== undefined && (ecs.CapacityProviderStrategy ?? []).length > 0)
    throw refusals.validation(`Target ${Id} can have a LaunchType or a CapacityProviderStrategy, not both.`);
  overridesIn(Id, Input);
  return {
    Id,
    Arn,
    ...(RoleArn === undefined ? {} : { RoleArn }),
    ...(Input === undefined ? {} : { Input }),
    EcsParameters: ecs,
    ...(RetryPolicy === undefined ? {} : { RetryPolicy }),
  };
}

/** As ECS shows who it was; Scheduler's is what its service was called once. */
const STARTED_BY = { rule: 'events-rule', schedule: 'chronos-schedule' } as const;

/** What RunTask is asked. `clientToken`: the same for every try. */
export function runTaskInput(
  { kind, name }: RunSource,
  { Id, Arn, Input, EcsParameters: ecs }: EcsTarget,
  clientToken: string,
): object {
  const vpc = ecs.NetworkConfiguration?.awsvpcConfiguration;
  return defined({
    clientToken,
    cluster: Arn,
    taskDefinition: ecs.TaskDefinitionArn,
    count: countOf(ecs),
    startedBy: `${STARTED_BY[kind]}/${name}`,
    launchType: ecs.LaunchType,
    platformVersion: ecs.PlatformVersion,
    group: ecs.Group,
    capacityProviderStrategy: ecs.CapacityProviderStrategy,
    networkConfiguration: vpc && {
      awsvpcConfiguration: defined({
        subnets: vpc.Subnets,
        securityGroups: vpc.SecurityGroups,
        assignPublicIp: vpc.AssignPublicIp,
      }),
    },
    placementConstraints: ecs.PlacementConstraints,
    placementStrategy: ecs.PlacementStrategy,
    propagateTags: ecs.PropagateTags,
    enableECSManagedTags: ecs.EnableECSManagedTags,
    enableExecuteCommand: ecs.EnableExecuteCommand,
    referenceId: ecs.ReferenceId,
    tags: ecs.Tags?.map(({ Key, Value, key = Key, value = Value }) => ({ key, value })),
    overrides: overridesIn(Id, Input),
  });
}

export const countOf = ({ TaskCount = 1 }: EcsParameters): number => TaskCount;

/** JSON has no undefined members, and the digest of a request that is sent again has to be the same. */
const defined = (members: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
