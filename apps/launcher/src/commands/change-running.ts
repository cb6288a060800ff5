import type { Layout } from '../host/layout.js';
import { signal } from '../host/process-identity.js';
import { until } from '../host/wait.js';
import { runningState, type RunState } from '../supervise/run-state.js';
import { UserFault } from '../terminal/fault.js';
import { say } from '../terminal/terminal.js';

const TIMEOUT_MS = 120_000;

/** Lets the supervisor look at what is wanted by now, and waits until nothing of that is missing any more. Returns the exit code. */
export async function changeRunning(
  layout: Layout,
  { supervisor }: RunState,
  missing: (state: RunState) => Promise<string | undefined>,
): Promise<number> {
  if (!signal(supervisor, 'SIGUSR2')) throw new UserFault('It has just ended: run ./longshore up again.');
  let waitsFor: string | undefined = 'its supervisor';
  const isDone = await until(
    async () => {
      const state = runningState(layout);
      waitsFor = state ? await missing(state) : 'its supervisor';
      return waitsFor === undefined;
    },
    TIMEOUT_MS,
    150,
  );
  if (!isDone) throw new UserFault(`Not ready after ${TIMEOUT_MS / 1_000} s: ${waitsFor}. Logs: ${layout.logs}`);
  say('Ready. See ./longshore status.');
  return 0;
}
