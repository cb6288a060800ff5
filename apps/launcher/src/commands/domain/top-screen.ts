import { table } from '../../terminal/table.js';

/** What ReadUsage answers; what is absent is not known. */
export interface Usage {
  readonly at: string;
  readonly services: readonly ServiceUsage[];
  readonly tasks: readonly TaskUsage[];
  readonly omittedServices: number;
  readonly omittedTasks: number;
}

interface Used {
  readonly clusterName: string;
  readonly cpuPercent?: number;
  readonly memoryPercent?: number;
  readonly networkRxBytesPerSecond?: number;
  readonly networkTxBytesPerSecond?: number;
}

export interface ServiceUsage extends Used {
  readonly serviceName: string;
  readonly desiredCount?: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly requestsPerSecond?: number;
  readonly responseTimeMs?: number;
}

export interface TaskUsage extends Used {
  readonly taskArn: string;
  readonly group: string;
  readonly taskDefinition: string;
  readonly lastStatus: string;
  readonly healthStatus: string;
  readonly startedAt?: string;
  readonly cpuUnits?: number;
  readonly memoryBytes?: number;
}

const SERVICES = ['SERVICE', 'DESIRED', 'RUNNING', 'PENDING', 'CPU', 'MEMORY', 'NET IN', 'NET OUT', 'REQ/S', 'RESPONSE'];
const TASKS = ['TASK', 'GROUP', 'STATUS', 'CPU', '', 'MEMORY', '', 'NET IN', 'NET OUT', 'UP'];

/** Both tables, the busiest first as they came; names have their cluster where there are several. */
export function topText({ at, services, tasks, omittedServices, omittedTasks }: Usage): string {
  const clusters = new Set([...services, ...tasks].map(({ clusterName }) => clusterName));
  const named = (clusterName: string, name: string) => (clusters.size > 1 ? `${clusterName}/${name}` : name);
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  const head =
    `${at.slice(11, 19)} UTC  ${clusters.size === 1 ? `cluster ${[...clusters][0]}` : `${clusters.size} clusters`}: ` +
    `${counted(services.length + omittedServices, 'service')}, ${counted(tasks.length + omittedTasks, 'task')}${omittedTasks > 0 ? '' : `, ${running} running`}`;
  return [
    head,
    ...(services.length === 0
      ? []
      : ['', table([SERVICES, ...services.map((one) => serviceCells(one, named(one.clusterName, one.serviceName)))])]),
    ...more(omittedServices, 'service'),
    ...(tasks.length === 0
      ? []
      : ['', table([TASKS, ...tasks.map((one) => taskCells(one, named(one.clusterName, one.group), Date.parse(at)))])]),
    ...more(omittedTasks, 'task'),
  ].join('\n');
}

/** What a terminal of that size has room for, with a word on what it has not. */
export function fitted(text: string, { columns, rows }: { readonly columns: number; readonly rows: number }): readonly string[] {
  const lines = text.split('\n');
  const shown = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
  return shown.map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));
}

const serviceCells = (one: ServiceUsage, name: string): readonly string[] => [
  name,
  one.desiredCount === undefined ? 'daemon' : String(one.desiredCount),
  String(one.runningCount),
  String(one.pendingCount),
  percent(one.cpuPercent),
  percent(one.memoryPercent),
  perSecond(one.networkRxBytesPerSecond),
  perSecond(one.networkTxBytesPerSecond),
  shownAs(one.requestsPerSecond, (value) => value.toFixed(value < 10 ? 1 : 0)),
  shownAs(one.responseTimeMs, (value) =>
    value < 1_000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(value / 1_000).toFixed(1)} s`,
  ),
];

/** Six digits of an id tell tasks apart, and are what `explain task` and `logs` take. */
const taskCells = (one: TaskUsage, group: string, nowMs: number): readonly string[] => [
  one.taskArn.split('/').at(-1)!.slice(0, 6),
  group.replace('service:', ''),
  one.healthStatus === 'UNHEALTHY' ? `${one.lastStatus} unhealthy` : one.lastStatus,
  shownAs(one.cpuUnits, (units) => `${units.toFixed(units < 10 ? 1 : 0)} units`),
  percent(one.cpuPercent),
  bytes(one.memoryBytes),
  percent(one.memoryPercent),
  perSecond(one.networkRxBytesPerSecond),
  perSecond(one.networkTxBytesPerSecond),
  one.startedAt === undefined ? '-' : elapsed(nowMs - Date.parse(one.startedAt)),
];

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const more = (count: number, what: string): readonly string[] =>
  count === 0 ? [] : [`… and ${counted(count, what)} more, which use less: name a cluster or --service`];

const shownAs = (value: number | undefined, show: (value: number) => string): string => (value === undefined ? '-' : show(value));
const percent = (value: number | undefined): string => shownAs(value, (known) => `${known.toFixed(1)} %`);
const perSecond = (value: number | undefined): string => (value === undefined ? '-' : `${bytes(value)}/s`);

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
function bytes(value: number | undefined): string {
  if (value === undefined) return '-';
  const unit = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1_024 ** unit;
  return `${scaled.toFixed(unit === 0 || scaled >= 100 ? 0 : 1)} ${UNITS[unit]}`;
}

function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600), Math.floor(seconds / 60)];
  if (days > 0) return `${days}d${hours % 24}h`;
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
