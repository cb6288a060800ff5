import type { Container, Task } from '../model/task.js';
import { lastSegment } from '#lib/kernel';

/** Enough of an id for people, and for `./longshore explain task`. */
const SHORT_ID = 8;
export const shortId = (arn: string): string => lastSegment(arn).slice(0, SHORT_ID);
export const taskName = (arn: string): string => `task ${shortId(arn)}`;
export const instanceName = (arn: string): string => `container instance ${shortId(arn)}`;

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export const sentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?…]\)?$/.test(text) ? '' : '.'}`;

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

export const between = (from: string, to: string): string => duration(Date.parse(to) - Date.parse(from));

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  6: 'SIGABRT, it aborted itself',
  9: 'SIGKILL',
  11: 'SIGSEGV, a fault in its memory',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

/** What a shell or the engine means by an exit code. */
function exitMeaning(code: number): string {
  if (code === 126) return ' (its command cannot be executed)';
  if (code === 127) return ' (its command was not found)';
  const signal = code > 128 ? SIGNALS[code - 128] : undefined;
  return signal ? ` (${signal})` : '';
}

const OUT_OF_MEMORY = 'OutOfMemoryError';

/** How a container ended: code, reason, memory. `limitMiB` of the task definition is what the engine enforces. */
export function containerEnd({ name, exitCode, reason, memory }: Partial<Container> & { readonly name: string }): string {
  if (reason?.startsWith(OUT_OF_MEMORY)) {
    const limit = memory ? ` of ${memory} MiB` : '';
    return `container ${name} was killed for using more memory than its limit${limit} (${reason})`;
  }
  if (exitCode === undefined) return `container ${name} ended${reason ? `: ${reason}` : ', its exit code is not known'}`;
  return `container ${name} exited with code ${exitCode}${exitMeaning(exitCode)}${reason ? `: ${reason}` : ''}`;
}

/** The container whose end ended the task: of the essential ones that say how they ended, the one that says it worst. */
function culprit(task: Task): Container | undefined {
  const ended = task.containers.filter((c) => c.lastStatus === 'STOPPED' && (c.exitCode !== undefined || c.reason));
  const essential = ended.filter((c) => c.essential);
  return essential.find((c) => c.reason) ?? essential.find((c) => c.exitCode !== 0) ?? essential[0] ?? ended[0];
}

/** As a part of a longer sentence. */
const inside = (text: string): string => text.replace(/\.$/, '');

/** Why a task is stopping or has stopped, as the end of a sentence; undefined while nobody knows of an end. */
export function whyStopped(task: Task): string | undefined {
  const { stopCode, stoppedReason } = task;
  const reason = inside(stoppedReason ?? 'no reason is known');
  const container = culprit(task);
  switch (stopCode) {
    case undefined:
      return stoppedReason && reason;
    case 'EssentialContainerExited':
      return container ? `its essential ${containerEnd(container)}` : reason;
    case 'TaskFailedToStart':
      return `it failed to start: ${inside(container?.reason ?? reason)}`;
    case 'UserInitiated':
      return `a user asked for it: ${reason}`;
    case 'ServiceSchedulerInitiated':
      return `the service scheduler asked for it: ${reason}`;
    case 'InfrastructureHealth':
      return `its host was lost: ${reason.replace(/^Container/, 'container')}`;
    default:
      return `${stopCode}: ${reason}`;
  }
}
