import { DueLoop } from '#lib/app';
import type { EcsState, ServiceDeploymentArn } from '#lib/ecs/model';
import type { Commit, Fold } from '#lib/journal';
import { ownCommandOf, type SendCommand } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { ScalingState } from '../domain/state.js';
import { alarmsDue } from './seen-alarms.js';

const ownCommand = ownCommandOf('autoscaler');

export interface DeploymentAlarmsDeps {
  readonly ecs: Pick<Fold<EcsState>, 'state' | 'subscribe' | 'caughtUpWithStart'>;
  readonly own: Pick<Fold<ScalingState>, 'state' | 'subscribe'>;
  /** To the writer of the `ecs` journal. */
  readonly toEcs: SendCommand;
  readonly isWriter: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const SLOW_PASS_MS = 5_000;
const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 100;
const BEGINS = new Set(['DeploymentStarted']);
const CHANGES_ALARM = new Set(['AlarmPut', 'CompositeAlarmPut', 'AlarmDeleted', 'AlarmStateChanged']);

/** Tells ECS how the alarms are that watch deployments: roll-outs under way are few, so an alarm that changes has all of them looked at. */
export class DeploymentAlarmsLoop {
  private readonly loop: DueLoop;
  private readonly unsubscribes: (() => void)[] = [];

  constructor(private readonly deps: DeploymentAlarmsDeps) {
    this.loop = new DueLoop({
      ...deps,
      all: () => this.watched(),
      round: (arns) => this.round(arns),
      slowPassMs: SLOW_PASS_MS,
      mostAtOnce: MOST_AT_ONCE,
      failure: 'the alarms of deployments were not told',
    });
  }

  start(): void {
    const { ecs, own } = this.deps;
    const lookAfter = (types: ReadonlySet<string>) => (commit: Commit) => {
      if (has(commit, types)) this.loop.look(this.watched());
    };
    this.unsubscribes.push(ecs.subscribe(lookAfter(BEGINS)), own.subscribe(lookAfter(CHANGES_ALARM)));
    this.loop.start();
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    await this.loop.stop();
  }

  private *watched(): Iterable<string> {
    for (const { serviceDeploymentArn } of this.deps.ecs.state.serviceDeployments.by('watchedByAlarms', 'yes'))
      yield serviceDeploymentArn;
  }

  private async round(arns: readonly string[]): Promise<readonly string[]> {
    await this.deps.ecs.caughtUpWithStart;
    const again: string[] = [];
    for (const arn of arns) if (!(await this.tell(arn as ServiceDeploymentArn))) again.push(arn);
    return again;
  }

  /** False: it has to be told again. */
  private async tell(arn: ServiceDeploymentArn): Promise<boolean> {
    const { ecs, own, toEcs, clock, random, logger } = this.deps;
    const rollOut = ecs.state.serviceDeployments.get(arn);
    const due = rollOut?.deploymentConfiguration.alarms && alarmsDue(ecs.state, own.state, rollOut);
    if (!due) return true;
    const command = ownCommand(random, 'RecordDeploymentAlarms', due);
    const reply = await toEcs('RecordDeploymentAlarms', command, clock.monotonicMs() + SEND_FOR_MS);
    if ('rejection' in reply) logger.error({ rejection: reply.rejection }, 'the alarms of a deployment were refused');
    return 'output' in reply;
  }
}

const has = ({ transactions }: Commit, types: ReadonlySet<string>): boolean =>
  transactions.some(({ events }) => events.some(({ type }) => types.has(type)));
