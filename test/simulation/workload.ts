import type { Random } from '#lib/platform';
import { lastSegment } from '#lib/kernel';
import { registrationOfHost } from '#lib/ecs/lookup';
import type { Task } from '#lib/ecs/model';
import { ACCOUNT, REGION } from './surroundings.js';
import { Violation } from './auditor.js';
import { GatewayClient, type Answer } from './gateway-client.js';
import { deleteServices, repairServices, wishForService } from './services.js';
import type { SimulatedHost } from './simulated-host.js';
import { TASK_DEFINITIONS } from './task-definitions.js';
import type { World } from './world.js';

const STRATEGIES = [
  [],
  [{ type: 'random' }],
  [{ type: 'binpack', field: 'memory' }],
  [{ type: 'binpack', field: 'cpu' }],
  [{ type: 'spread', field: 'instanceId' }],
  [
    { type: 'spread', field: 'attribute:ecs.availability-zone' },
    { type: 'binpack', field: 'memory' },
  ],
];
const MANY_TASKS = 45;
const OTHER_CLUSTER = 'other';

interface Wish {
  readonly taskDefinition: string;
  readonly count: number;
  readonly placementStrategy?: readonly object[];
  readonly placementConstraints?: readonly object[];
  readonly group?: string;
  readonly cluster?: string;
}

/** An answer in one line. */
function told(answer: Answer): string {
  if (answer.kind === 'unknown') return 'given up';
  if (answer.kind === 'rejection') return `${answer.code}: ${answer.message}`;
  const { tasks, failures } = answer.output as { tasks?: { taskArn: string }[]; failures?: unknown[] };
  return tasks ? `${tasks.map(({ taskArn }) => lastSegment(taskArn)).join()} ${JSON.stringify(failures)}` : 'ok';
}

/** Users with intentions of their own. What they were told is held against the journal the moment they are told. */
export class Workload {
  private readonly random: Random;
  private readonly client: GatewayClient;
  private isOver = false;
  private isRepairing = false;
  private active = 0;
  /** clientToken → how many tasks its caller was told of. */
  private readonly told = new Map<string, number>();
  answered = 0;
  unavailable = 0;

  constructor(private readonly world: World) {
    this.random = world.chaos.random;
    this.client = new GatewayClient(world);
  }

  start(users: number): void {
    for (let user = 0; user < users; user++) void this.use();
  }

  /** No new wishes; those under way are waited for. */
  finish(): void {
    this.isOver = true;
  }

  get isIdle(): boolean {
    return this.active === 0 && !this.isRepairing;
  }

  private async use(): Promise<void> {
    this.active++;
    for (const definition of TASK_DEFINITIONS) if (!this.isOver) await this.registerTaskDefinition(definition);
    while (!this.isOver) {
      await this.act();
      await this.world.time.sleep(this.world.chaos.between(50, 16_000));
    }
    this.active--;
  }

  private act(): Promise<unknown> {
    const { chaos, auditor } = this.world;
    const live = auditor.state.tasks.size - auditor.state.tasks.countBy('stopped', 'yes');
    const dice = this.random.next();
    if (dice < 0.05) return this.registerTaskDefinition(chaos.pick(TASK_DEFINITIONS));
    if (dice < 0.08) return this.updateInstance();
    if (dice < 0.1) return this.moveHost();
    if (dice < 0.2) return this.describe();
    if (dice < 0.25) return this.startTask();
    if (dice < 0.42) return wishForService(this.world, this.asks);
    if (dice < (live > MANY_TASKS ? 0.47 : 0.73)) return this.runTasks();
    return this.stopTask();
  }

  private readonly asks = (operation: string, input: object) => this.ask(operation, input);

  async repairServices(): Promise<void> {
    this.isRepairing = true;
    // A wish under way could still ask for what never runs.
    while (this.active > 0) await this.world.time.sleep(100);
    await this.rejoinHosts();
    await repairServices(this.world, this.asks);
    this.isRepairing = false;
  }

  async deleteServices(): Promise<void> {
    this.active++;
    await deleteServices(this.world, this.asks);
    this.active--;
  }

  private ask(operation: string, input: object): Promise<Answer> {
    return this.client.call(operation, input).then((answer) => {
      this.world.trace('client', `${operation} ${JSON.stringify(input)} → ${told(answer)}`);
      if (answer.kind === 'unknown') this.unavailable++;
      else this.answered++;
      if (answer.kind === 'rejection' && answer.status >= 500)
        this.world.violated(new Violation('no request gets a 5xx but 503', `${operation}: ${answer.code}: ${answer.message}`));
      return answer;
    });
  }

  private must(holds: boolean, message: string): void {
    if (!holds)
      this.world.violated(new Violation('what was acknowledged is in the journal', message, this.world.auditor.revision));
  }

  async createService(serviceName: string, taskDefinition: string, desiredCount: number): Promise<void> {
    await this.ask('CreateService', { serviceName, taskDefinition, desiredCount });
  }

  async registerTaskDefinition(definition: (typeof TASK_DEFINITIONS)[number]): Promise<void> {
    const answer = await this.ask('RegisterTaskDefinition', definition);
    if (answer.kind !== 'output') return;
    const { taskDefinitionArn } = (answer.output as { taskDefinition: { taskDefinitionArn: string } }).taskDefinition;
    this.must(this.world.auditor.registeredDefinitions.has(taskDefinitionArn), taskDefinitionArn);
  }

  /** Often two at once, which want the same room. */
  private runTasks(): Promise<unknown> {
    return this.random.next() < 0.4 ? Promise.all([this.runTask(), this.runTask()]) : this.runTask();
  }

  private async runTask(): Promise<void> {
    const { chaos } = this.world;
    await this.run({
      taskDefinition: chaos.pick(TASK_DEFINITIONS).family,
      count: chaos.between(1, 4),
      placementStrategy: chaos.pick(STRATEGIES),
      ...(this.random.next() < 0.2 ? { placementConstraints: [{ type: 'distinctInstance' }] } : {}),
      ...(this.random.next() < 0.3 ? { group: chaos.pick(['blue', 'green']) } : {}),
    });
  }

  /** The tasks that the caller was told of. */
  async run(wish: Wish): Promise<readonly string[]> {
    const input = { ...wish, clientToken: this.random.hex(16) };
    const answer = await this.ask('RunTask', input);
    const arns = this.tasksOf(answer, input.count, `RunTask ${input.clientToken}`);
    if (answer.kind === 'output') this.told.set(input.clientToken, arns.length);
    const placed = this.world.auditor.placedByToken.get(input.clientToken) ?? 0;
    this.must(placed <= input.count, `RunTask ${input.clientToken} wanted ${input.count} and has ${placed} tasks`);
    return arns;
  }

  /**
   * Tasks that their callers do not know: a request that the gateway repeats can be answered by one scheduler ("no room") while
   * another still places. Counted, not forbidden: an answer does not close its token.
   */
  get untoldTasks(): number {
    let untold = 0;
    for (const [token, told] of this.told) untold += (this.world.auditor.placedByToken.get(token) ?? 0) - told;
    return untold;
  }

  private async startTask(): Promise<void> {
    const { chaos, hosts } = this.world;
    const containerInstances = [chaos.pick(hosts), chaos.pick(hosts)].map(({ instanceId }) => instanceId);
    const input = { taskDefinition: chaos.pick(TASK_DEFINITIONS).family, containerInstances };
    this.tasksOf(await this.ask('StartTask', input), containerInstances.length, 'StartTask');
  }

  private tasksOf(answer: Answer, count: number, what: string): readonly string[] {
    if (answer.kind !== 'output') return [];
    const { tasks, failures } = answer.output as { tasks: { taskArn: string }[]; failures: unknown[] };
    const arns = tasks.map(({ taskArn }) => taskArn);
    for (const arn of arns) this.must(this.world.auditor.placed.has(arn), `${what} was answered with ${arn}`);
    this.must(new Set(arns).size === arns.length && arns.length <= count, `${what}: ${count} wanted, got ${arns.join()}`);
    this.must(arns.length + failures.length > 0, `${what} was answered with neither tasks nor failures`);
    return arns;
  }

  async stopTask(task: Task | undefined = this.someTask()): Promise<void> {
    if (!task) return;
    const answer = await this.ask('StopTask', { cluster: task.clusterArn, task: task.taskArn, reason: 'the user wishes so' });
    this.must(answer.kind !== 'rejection', `StopTask ${task.taskArn} was refused: ${JSON.stringify(answer)}`);
    if (answer.kind !== 'output') return;
    const desired = this.world.auditor.state.tasks.get(task.taskArn)?.desiredStatus ?? 'STOPPED';
    this.must(desired === 'STOPPED', `StopTask ${task.taskArn} was acknowledged`);
  }

  private someTask(): Task | undefined {
    const running = [...this.world.auditor.state.tasks.values()].filter((task) => task.desiredStatus === 'RUNNING');
    return running.length > 0 ? this.world.chaos.pick(running) : undefined;
  }

  private async updateInstance(): Promise<void> {
    const { chaos, hosts, auditor } = this.world;
    const { instanceId } = chaos.pick(hosts);
    // Mostly back to ACTIVE, so that there is room most of the time.
    const status = this.random.next() < 0.3 ? 'DRAINING' : 'ACTIVE';
    const before = auditor.revision;
    const answer = await this.ask('UpdateContainerInstancesState', { containerInstances: [instanceId], status });
    if (answer.kind !== 'output') return;
    const { containerInstances } = answer.output as { containerInstances: { containerInstanceArn: string }[] };
    for (const { containerInstanceArn } of containerInstances) {
      const statuses = auditor.instanceStatuses.get(containerInstanceArn) ?? [];
      const then = statuses.findLastIndex(({ revision }) => revision <= before);
      const seen = statuses.slice(Math.max(0, then)).some((entry) => entry.status === status);
      this.must(seen, `${containerInstanceArn} was set to ${status}`);
    }
  }

  /** Taken out of its cluster by force, and into the other one, or back into the same. */
  private async moveHost(): Promise<void> {
    const { world } = this;
    const { chaos } = world;
    // One host at most is elsewhere: the services need theirs.
    const host = world.hosts.find(({ cluster }) => cluster !== 'default') ?? chaos.pick(world.hosts);
    const to = host.cluster === 'default' ? chaos.pick(['default', OTHER_CLUSTER]) : 'default';
    if (to === OTHER_CLUSTER && (await this.ask('CreateCluster', { clusterName: to })).kind !== 'output') return;
    if (!(await this.deregister(host))) return;
    host.moveTo(to);
    world.restartAgentOf(host);
    if (to !== 'default') await this.run({ taskDefinition: 'small', count: 2, cluster: to });
  }

  /** By force. Whether it is known to have come true. */
  async deregister({ cluster, instanceId }: Pick<SimulatedHost, 'cluster' | 'instanceId'>): Promise<boolean> {
    const answer = await this.ask('DeregisterContainerInstance', { cluster, containerInstance: instanceId, force: true });
    return answer.kind === 'output';
  }

  /**
   * Who has asked for a deregistration looks whether it has come true, and has stayed so: a request of the agent from before it may
   * come late, and then the host is not taken elsewhere until somebody does what its refusal says.
   */
  private async rejoinHosts(): Promise<void> {
    for (const host of this.world.hosts) {
      const { instanceId } = host;
      const latest = registrationOfHost(this.world.auditor.state, { accountId: ACCOUNT, region: REGION }, instanceId);
      if (!latest) continue;
      const cluster = lastSegment(latest.clusterArn);
      const isOut =
        latest.status === 'INACTIVE' || (cluster !== host.cluster && (await this.deregister({ cluster, instanceId })));
      if (isOut) this.world.restartAgentOf(host);
    }
  }

  private async describe(): Promise<void> {
    const all = [...this.world.auditor.state.tasks.values()];
    const tasks = all.filter(({ clusterArn }) => clusterArn.endsWith('/default')).slice(-20);
    if (tasks.length === 0) return;
    const seenBefore = this.client.revisionSeen;
    const answer = await this.ask('DescribeTasks', { tasks: tasks.map(({ taskArn }) => lastSegment(taskArn)) });
    if (answer.kind !== 'output') return;
    const { failures } = answer.output as { failures: { arn: string }[] };
    // Its own writes, and those of others that it was shown: nobody reads behind what he knows.
    for (const { arn } of failures) {
      const { revision } = this.world.auditor.placed.get(arn)!;
      this.must(revision > seenBefore, `${arn}, placed at ${revision}, is missing in an answer that had to know ${seenBefore}`);
    }
  }
}
