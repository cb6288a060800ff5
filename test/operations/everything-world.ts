import { behind, FACTS, GROUP } from '../support/balanced-world.js';
import { factOf } from '../support/capacity-world.js';
import { createHash } from 'node:crypto';
import { ServiceCatalog } from '../../libs/aws-api/src/service-catalog.js';
import type { StructureShape } from '../../libs/aws-api/src/model.js';
import { ecs as ecsDomain, ecsCommands, ecsQueries } from '#lib/ecs';
import { planStep } from '#lib/ecs/services/reconcile';
import { prepareRunTask, prepareStartTask } from '#lib/ecs/tasks';
import type { QueryRule } from '#lib/ecs/model';
import { refusable, type Rejection } from '#lib/kernel';
import { SERVICE_ARN, ServiceWorld } from '../support/service-world.js';

export const ecs = new ServiceCatalog().named('ecs')!;

/** What the apps serve of ECS: a new operation is tested as soon as it has a handler. */
export const operations = ecs
  .operationNames()
  .filter((name) => name in ecsQueries || name in ecsCommands || name === 'RunTask' || name === 'StartTask');

export const inputOf = (operation: string): StructureShape => ecs.operation(operation)!.input;

export type Outcome = { readonly rejection: Rejection } | { readonly events: unknown; readonly output: unknown };

const tags = [{ key: 'stage', value: 'test' }];
const INSTANCE = '1'.repeat(32);

/** One of everything that ECS has here, so that every operation finds what it is about. */
export class EverythingWorld extends ServiceWorld {
  readonly sound: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  constructor() {
    super();
    this.given('CreateCluster', { tags });
    this.given('CreateCluster', { clusterName: 'other' });
    const autoScalingGroupProvider = { autoScalingGroupArn: 'spare' };
    this.given('CreateCapacityProvider', { name: 'spare', autoScalingGroupProvider, tags, ...factOf('spare') });
    this.create({ tags, desiredCount: 1 });
    this.definition([{ name: 'web', image: 'web', memory: 64 }], { tags });
    this.definition([{ name: 'web', image: 'web', memory: 64 }], { family: 'site' });
    const portMappings = [{ name: 'http', containerPort: 80 }];
    this.definition([{ name: 'web', image: 'web', memory: 64, portMappings }], { family: 'balanced' });
    const loadBalancers = [behind(GROUP)];
    const serviceConnectConfiguration = { enabled: true, namespace: 'internal' };
    this.given('CreateService', {
      serviceName: 'balanced',
      taskDefinition: 'balanced',
      desiredCount: 0,
      loadBalancers,
      ...FACTS,
      serviceConnectConfiguration,
    });
    this.settle();
    this.obey();
    const [instance] = [...this.state.containerInstances.values()];
    this.given('TagResource', { resourceArn: instance!.containerInstanceArn, tags });
    this.given('PutAttributes', { attributes: [{ name: 'stack', value: 'prod', targetId: INSTANCE }] });
    this.given('PutAccountSetting', { name: 'containerInsights', value: 'enabled' });
    this.given('CreateService', { serviceName: 'outer', deploymentController: { type: 'EXTERNAL' }, desiredCount: 1, tags });
    this.given('TagResource', { resourceArn: this.live[0]!.taskArn, tags });
    const of = { cluster: 'default', service: 'outer' };
    const set = { ...of, taskDefinition: 'web', scale: { value: 100, unit: 'PERCENT' }, tags };
    const { id: taskSet } = this.given<{ taskSet: { id: string } }>('CreateTaskSet', set).taskSet;
    const { command } = planStep(
      this.state,
      this.state.services.get(`${SERVICE_ARN.slice(0, -'web'.length)}outer`)!,
      this.now,
      () => 0,
    );
    this.given('AdvanceService', command!, 'scheduler');
    const pause = { targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'] };
    const deploymentConfiguration = { strategy: 'BLUE_GREEN', lifecycleHooks: [pause] };
    const paused = {
      serviceName: 'paused',
      taskDefinition: 'web',
      desiredCount: 0,
      deploymentConfiguration,
      serviceConnectConfiguration,
    };
    const { serviceArn } = this.given<{ service: { serviceArn: string } }>('CreateService', paused).service;
    this.given(
      'AdvanceService',
      planStep(this.state, this.state.services.get(serviceArn)!, this.now, () => 0).command!,
      'scheduler',
    );
    const [waiting] = this.state.services.get(serviceArn)!.deployments;
    const [task] = this.live;
    const [rollOut] = this.state.serviceDeployments.values();
    this.given('DeregisterTaskDefinition', { taskDefinition: 'site:1' });
    const mountPoints = [{ sourceVolume: 'data', containerPath: '/data' }];
    const containerDefinitions = [
      { name: 'web', image: 'web', memory: 64, mountPoints },
      { name: 'side', image: 'side', memory: 16, essential: false },
    ];
    this.sound = {
      ContinueServiceDeployment: {
        serviceDeploymentArn: waiting!.serviceDeploymentArn,
        hookId: waiting!.lifecycle!.hooks![0]!.hookId,
      },
      CreateCapacityProvider: { name: 'new', autoScalingGroupProvider: { autoScalingGroupArn: 'hosts' } },
      CreateCluster: { clusterName: 'new' },
      CreateService: { serviceName: 'new', taskDefinition: 'balanced', desiredCount: 1, loadBalancers },
      CreateTaskSet: { ...of, taskDefinition: 'web' },
      DeleteAccountSetting: { name: 'containerInsights' },
      DeleteAttributes: { attributes: [{ name: 'stack', targetId: INSTANCE }] },
      DeleteCapacityProvider: { capacityProvider: 'spare' },
      DeleteCluster: { cluster: 'other' },
      DeleteService: { service: 'web', force: true },
      DeleteTaskDefinitions: { taskDefinitions: ['site:1'] },
      DeleteTaskSet: { ...of, taskSet, force: true },
      DeregisterContainerInstance: { containerInstance: INSTANCE, force: true },
      DeregisterTaskDefinition: { taskDefinition: 'web:1' },
      DescribeContainerInstances: { containerInstances: [INSTANCE] },
      DescribeServiceDeployments: { serviceDeploymentArns: [rollOut!.serviceDeploymentArn] },
      DescribeServiceRevisions: { serviceRevisionArns: [rollOut!.targetServiceRevisionArn] },
      DescribeServices: { services: ['web'] },
      DescribeTaskDefinition: { taskDefinition: 'web' },
      DescribeTaskSets: of,
      DescribeTasks: { tasks: [task!.taskArn] },
      GetTaskProtection: { cluster: 'default', tasks: [task!.taskArn] },
      ListAttributes: { targetType: 'container-instance' },
      ListServiceDeployments: { service: 'web' },
      ListServicesByNamespace: { namespace: 'internal' },
      ListTagsForResource: { resourceArn: task!.clusterArn },
      PutAccountSetting: { name: 'containerInsights', value: 'disabled' },
      PutAccountSettingDefault: { name: 'containerInsights', value: 'disabled' },
      PutAttributes: { attributes: [{ name: 'rack', value: 'a', targetId: INSTANCE }] },
      RegisterTaskDefinition: { family: 'new', containerDefinitions, volumes: [{ name: 'data' }] },
      RunTask: { taskDefinition: 'web' },
      StartTask: { taskDefinition: 'web', containerInstances: [INSTANCE] },
      StopServiceDeployment: { serviceDeploymentArn: rollOut!.serviceDeploymentArn, stopType: 'ABORT' },
      StopTask: { task: task!.taskArn },
      TagResource: { resourceArn: task!.clusterArn, tags: [{ key: 'a', value: 'b' }] },
      UntagResource: { resourceArn: task!.clusterArn, tagKeys: ['stage'] },
      UpdateCapacityProvider: { name: 'spare', autoScalingGroupProvider: { managedDraining: 'DISABLED' } },
      UpdateCluster: { cluster: 'default' },
      UpdateClusterSettings: { cluster: 'default', settings: [{ name: 'containerInsights', value: 'enabled' }] },
      UpdateContainerAgent: { containerInstance: INSTANCE },
      UpdateContainerInstancesState: { containerInstances: [INSTANCE], status: 'DRAINING' },
      UpdateService: { service: 'balanced' },
      UpdateServicePrimaryTaskSet: { ...of, primaryTaskSet: taskSet },
      UpdateTaskProtection: { cluster: 'default', tasks: [task!.taskArn], protectionEnabled: true },
      UpdateTaskSet: { ...of, taskSet, scale: { value: 50, unit: 'PERCENT' } },
    };
  }

  /** What the operation would do and answer; nothing is done. Throws what is neither an answer nor a refusal. */
  outcome(name: string, input: object): Outcome {
    const at = new Date(this.now).toISOString();
    if (name === 'RunTask' || name === 'StartTask') {
      const prepared = refusable(() => {
        const prepare = name === 'RunTask' ? prepareRunTask : prepareStartTask;
        return prepare(this.state, this.scope as never, input as never);
      });
      return 'ok' in prepared ? { events: [], output: prepared.ok } : prepared;
    }
    if (name in ecsQueries) {
      const rule = ecsQueries[name] as QueryRule<object>;
      const answered = refusable(() => rule(this.state, input, { ...this.scope, at } as never));
      return 'ok' in answered ? { events: [], output: answered.ok } : answered;
    }
    const { state } = this.store.draft();
    // What the state store says beside the caller.
    const said = /^(Create|Update)Service$/.test(name)
      ? { ...input, ...FACTS }
      : name === 'CreateCapacityProvider'
        ? { ...input, ...factOf('hosts') }
        : input;
    const command = { id: 'asked', name, actor: 'state-store', ...this.scope, requestId: 'asked', operation: name, input: said };
    const revision = this.commits.length + 1;
    const context = { at, revision, id: (salt: string) => createHash('sha256').update(salt).digest('hex').slice(0, 32) };
    const decision = ecsDomain.decider.decide(state, command, context);
    if ('rejection' in decision) return decision;
    const transaction = { ...command, commandId: command.id, events: decision.events };
    decision.events.forEach((event, index) => ecsDomain.decider.evolve(state, event, { at, revision, index, transaction }));
    ecsDomain.decider.check(state, decision.events);
    return { events: decision.events, output: ecsDomain.decider.reply(state, command, decision.events) };
  }
}
