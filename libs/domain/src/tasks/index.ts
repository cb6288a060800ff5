import type { CommandRules } from '../rules/handler.js';
import { declareInstanceLost } from './declare-lost.js';
import { expire } from './housekeeping.js';
import { placeTasks } from './place-tasks.js';
import { recordTaskProgress } from './record-progress.js';
import { stopTask } from './stop.js';

export const taskCommands: CommandRules = {
  PlaceTasks: placeTasks,
  RecordTaskProgress: recordTaskProgress,
  StopTask: stopTask,
  DeclareInstanceLost: declareInstanceLost,
  Expire: expire,
};

export { taskQueries, tasksAssignedTo } from './queries.js';
export { describeTask } from './describe.js';
export { isAfter, mayMove, mayStop } from './transitions.js';
export { abandonEvents, stopEvents } from './stop.js';
export { expired } from './housekeeping.js';
export { eventsOfReport, type RecordTaskProgressInput, type RecordTaskProgressReply } from './record-progress.js';
