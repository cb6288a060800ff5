import { clusterNameOf, type ServiceArn, type TaskArn } from '../model/ids.js';
import { lastSegment } from '#lib/kernel';
import { lifecycleLines } from './lifecycle.js';
import type { DeploymentNow, Explanation, ServiceNow, Step, TaskNow, Wait } from './explanation.js';
import { between, counted, duration, instanceName, shortId } from './words.js';

const WIDTH = 120;
const INDENT = '  ';
/** A number stays with its unit. */
const UNITS = /(\d) (ms|s|min|h|days|MiB)\b/g;

/**
 * An explanation for people: short lines, the newest at the end, next to the prompt. The one place that makes text of it; the
 * operation carries it as `text`, so that every client shows the same.
 */
export function renderExplanation(explanation: Explanation): string {
  const { task, service, steps, at } = explanation;
  const blocks = [
    [title(explanation), ...wrap(explanation.summary, '')],
    ...(service ? serviceBlocks(service, at) : []),
    ...(task ? taskBlocks(task, at) : []),
    steps.length > 0 ? ['What happened', ...stepLines(steps, at)] : [],
    ...(task?.replacedBy ? [block('Since then', replacedLines(task, at))] : []),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function title({ subject, at, task }: Explanation): string {
  const cluster = clusterNameOf(subject.arn as ServiceArn | TaskArn);
  const when = `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
  if (subject.kind === 'service') return `Service ${lastSegment(subject.arn)}, cluster ${cluster}, at ${when}`;
  const of = subject.serviceArn ? ` of service ${lastSegment(subject.serviceArn)}` : '';
  const replica = task?.replica ? `, replica ${task.replica.number}` : '';
  return `Task ${lastSegment(subject.arn)}${of}${replica}, ${lastSegment(subject.taskDefinitionArn)}, cluster ${cluster}, at ${when}`;
}

/** A heading with indented lines; nothing without lines. */
const block = (heading: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [heading, ...lines.flatMap((line) => wrap(line, INDENT))];

/** Lines inside are indented by leading blanks, which a wrapped line keeps. */
const deeper = (lines: readonly string[]): string[] => lines.map((line) => INDENT + line);

function wrap(line: string, indent: string, hanging = 1): string[] {
  const [, own = '', text = ''] = /^( *)(.*)$/s.exec(line.replace(UNITS, '$1\u00a0$2'))!;
  const first = indent + own;
  const lines: string[] = [];
  let current = first;
  for (const word of text.split(' ')) {
    const isEmpty = current.trim() === '';
    if (!isEmpty && current.length + 1 + word.length > WIDTH) {
      lines.push(current);
      current = `${first}${INDENT.repeat(hanging)}${word}`;
    } else current += isEmpty ? word : ` ${word}`;
  }
  return [...lines, current].map((one) => one.replaceAll('\u00a0', ' '));
}

function serviceBlocks(service: ServiceNow, at: string): (readonly string[])[] {
  const ended = service.failures.map(
    ({ count, why, lastAt, lastTaskArn, deploymentId }) =>
      `${count} × ${why}; last task ${shortId(lastTaskArn)}${deploymentId ? ` of ${deploymentId}` : ''}, ${ago(lastAt, at)}`,
  );
  return [
    block(
      'Why',
      service.obstacles.flatMap(({ what, details = [] }) => [what, ...deeper(details)]),
    ),
    block('It waits for', waitLines(service.waitsFor, at)),
    block(
      'Deployments',
      service.deployments.flatMap((deployment) => deploymentLines(deployment, at)),
    ),
    block('Tasks that failed in the last hour', ended),
  ];
}

function deploymentLines(deployment: DeploymentNow, at: string): string[] {
  const { id, status, rolloutState, taskDefinitionArn, startedAt, startedBy, failedTasks, failureThreshold, throttledUntil } =
    deployment;
  const { wanted, running, pending, healthy, stopping, healthyWhen } = deployment;
  const failures =
    failureThreshold === undefined
      ? failedTasks > 0
        ? [`${counted(failedTasks, 'failure')} in a row; no circuit breaker`]
        : []
      : [`circuit breaker: ${failedTasks} of ${counted(failureThreshold, 'failure')} in a row`];
  return [
    `${id}  ${status} ${rolloutState}  ${lastSegment(taskDefinitionArn)}, started ${ago(startedAt, at)}`,
    ...deeper([
      `${wanted} wanted: ${running} running, ${healthy} healthy, ${pending} pending, ${stopping} stopping`,
      ...(deployment.lifecycle ? lifecycleLines(deployment.lifecycle) : []),
      ...(status === 'PRIMARY' ? failures : []),
      ...(throttledUntil ? [`throttled: no task is started before ${when(throttledUntil, at)}`] : []),
      ...(status === 'PRIMARY' ? [`a task counts as healthy when ${healthyWhen}`] : []),
      ...(startedBy ? [`from ${byline(startedBy)}, r${startedBy.revision}`] : []),
    ]),
  ];
}

function taskBlocks(task: TaskNow, at: string): (readonly string[])[] {
  const { replaces } = task;
  const before = replaces
    ? [
        `task ${shortId(replaces.taskArn)}, placed ${ago(replaces.at, at)}, ${replaces.lastStatus}${replaces.why ? `: ${replaces.why}` : ''}`,
      ]
    : [];
  return [
    block('It waits for', waitLines(task.waitsFor, at)),
    block('It replaces', before),
    block('Otherwise than on ECS', task.differences ?? []),
  ];
}

const replacedLines = ({ replacedBy }: TaskNow, at: string): string[] =>
  replacedBy
    ? [
        `replaced by task ${shortId(replacedBy.taskArn)} on ${instanceName(replacedBy.containerInstanceArn)}, ` +
          `placed ${ago(replacedBy.at, at)}, ${replacedBy.lastStatus}`,
      ]
    : [];

const waitLines = (waits: readonly Wait[], at: string): string[] =>
  waits.map(({ what, until }) => (until ? `${what}, until ${when(until, at)}` : what));

/** When and where stand in columns; what is told stands beside them, also what does not fit into one line. */
function stepLines(steps: readonly Step[], at: string): string[] {
  const width = (cells: readonly string[]) => Math.max(0, ...cells.map((cell) => cell.length));
  const widest = width(steps.map((step) => ago(step.at, at)));
  const widestRevision = width(steps.map(({ revision }) => `r${revision}`));
  let day = at.slice(0, 10);
  return steps.flatMap((step) => {
    const ofDay = step.at.slice(0, 10);
    const heading = ofDay === day ? [] : [`${INDENT}${ofDay}`];
    day = ofDay;
    const columns = `${INDENT}${ago(step.at, at).padEnd(widest)}  ${step.at.slice(11, 23)}  ${`r${step.revision}`.padEnd(widestRevision)}  `;
    const told = [
      step.what,
      ...deeper([
        ...(step.requestId ? [`by ${callerOf(step)}, request ${step.requestId}`] : []),
        ...(step.because ? [`because ${step.because}`] : []),
        ...(step.details ?? []),
      ]),
    ];
    const [first, ...rest] = told.flatMap((line, i) => wrap(line, ' '.repeat(columns.length), i === 0 ? 2 : 1));
    return [...heading, columns + first!.trimStart(), ...rest];
  });
}

const byline = (step: Pick<Step, 'who' | 'accessKeyId' | 'operation' | 'requestId'>): string =>
  `${step.operation} by ${callerOf(step)}${step.requestId ? `, request ${step.requestId}` : ''}`;

const callerOf = ({ who, accessKeyId }: Pick<Step, 'who' | 'accessKeyId'>): string =>
  accessKeyId === undefined ? who : `${who} (key ${accessKeyId})`;

const ago = (instant: string, at: string): string => {
  const ms = Date.parse(at) - Date.parse(instant);
  return ms < 0 ? `in ${duration(-ms)}` : `${between(instant, at)} ago`;
};

const when = (instant: string, at: string): string => `${instant.slice(11, 19)} (${ago(instant, at)})`;
