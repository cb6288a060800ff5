import { type EcsEvents, type EcsState, hasTaskSets, type Service, type TaskSet } from '#lib/ecs/model';
import type { EventRecord } from '#lib/kernel';

type Must = (property: string, holds: boolean, message: string) => void;

export const setsOf = (state: EcsState, { serviceArn }: Service): TaskSet[] => [...state.taskSets.by('service', serviceArn)];
const liveOf = (state: EcsState, { serviceArn, id }: TaskSet) =>
  [...state.tasks.by('service', serviceArn)].filter(
    ({ replica, desiredStatus }) => replica!.deploymentId === id && desiredStatus === 'RUNNING',
  );

/** ECS: rounded up, written down a second time, in hundredths of a percent. */
const shareOf = ({ desiredCount }: Service, { status, scale }: TaskSet): number =>
  status === 'DRAINING' ? 0 : Math.ceil((desiredCount * Math.round(scale.value * 100)) / 10_000);

/** What must hold of a task set, whatever happened: the rules that tests of one service cannot reach. */
export class TaskSetAudit {
  constructor(
    private readonly state: EcsState,
    private readonly must: Must,
  ) {}

  /** Before `evolve`. */
  before({ type, data }: EventRecord): void {
    if (type !== 'TaskPlaced') return;
    const { replica, taskArn, startedBy } = data as EcsEvents['TaskPlaced'];
    const service = replica && this.state.services.get(replica.serviceArn);
    if (!service || !hasTaskSets(service)) return;
    const taskSet = setsOf(this.state, service).find(({ id }) => id === replica.deploymentId);
    this.must('tasks are placed for task sets that are there', taskSet !== undefined, `${taskArn} for ${startedBy}`);
    const share = shareOf(service, taskSet!);
    const most = Math.floor((share * service.deploymentConfiguration.maximumPercent) / 100);
    const live = liveOf(this.state, taskSet!).length;
    this.must('a task set stays at its share', live < most, `${taskArn} is number ${live + 1} of at most ${most}`);
  }

  /** After `evolve`. */
  after({ type, data }: EventRecord): void {
    if (type === 'TaskSetPromoted') {
      const { serviceArn } = data as EcsEvents['TaskSetPromoted'];
      const primaries = [...this.state.taskSets.by('service', serviceArn)].filter(({ status }) => status === 'PRIMARY');
      this.must('one task set is the primary one', primaries.length === 1, `${serviceArn} has ${primaries.length}`);
    } else if (type === 'TaskSetStabilityChanged') {
      const { taskSetArn, serviceArn, stabilityStatus } = data as EcsEvents['TaskSetStabilityChanged'];
      if (stabilityStatus !== 'STEADY_STATE') return;
      const taskSet = this.state.taskSets.get(taskSetArn)!;
      const share = shareOf(this.state.services.get(serviceArn)!, taskSet);
      const live = liveOf(this.state, taskSet);
      const isSteady = live.length === share && live.every(({ lastStatus }) => lastStatus === 'RUNNING');
      this.must('a steady task set is at its share', isSteady, `${taskSetArn} has ${live.length} of ${share}`);
    } else if (type === 'TaskSetDrained') {
      const { taskSetArn, serviceArn } = data as EcsEvents['TaskSetDrained'];
      const left = [...this.state.tasks.by('service', serviceArn)].find((task) =>
        taskSetArn.endsWith(task.replica!.deploymentId),
      );
      this.must('a task set ends after its tasks', !left, `${left?.taskArn} is left`);
    }
  }
}
