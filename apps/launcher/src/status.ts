import { probe, type ProbeOutcome } from './health.js';
import { findLeftovers } from './leftovers.js';
import type { Layout } from './layout.js';
import { runningState, type ProcessRecord, type RunState } from './run-state.js';
import { say } from './terminal.js';

/** `status`: exit code 0 when everything is ready, 1 when something is not, 3 when nothing runs. */
export async function status(layout: Layout, options: { json?: boolean }): Promise<number> {
  const state = runningState(layout);
  if (!state) {
    const leftovers = findLeftovers(layout.data).length;
    say(options.json ? JSON.stringify({ running: false, leftovers }) : notRunning(leftovers));
    return 3;
  }
  const rows = await Promise.all(state.processes.map(async (record) => ({ record, outcome: await probe(record) })));
  const allReady = rows.every(({ outcome }) => outcome.ready);
  say(options.json ? JSON.stringify(asJson(state, rows), null, 2) : statusText(state, rows, Date.now()));
  return allReady ? 0 : 1;
}

const notRunning = (leftovers: number): string =>
  leftovers === 0
    ? 'Longshore is not running; start it with ./longshore up.'
    : `The supervisor was killed; ${leftovers} of its processes still run. ./longshore up takes over, ./longshore down ends them.`;

type Row = { readonly record: ProcessRecord; readonly outcome: ProbeOutcome };

const asJson = (state: RunState, rows: readonly Row[]) => ({
  running: true,
  endpoint: state.endpoint,
  supervisor: state.supervisor.pid,
  phase: state.phase,
  processes: rows.map(({ record, outcome }) => ({ ...record, ready: outcome.ready, reason: outcome.reason, ...outcome.status })),
});

export function statusText(state: RunState, rows: readonly Row[], now: number): string {
  const header = ['APP', 'REPLICA', 'STATE', 'LEADER', 'REVISION', 'LAG', 'CRASHES', 'HEALTH PORT', 'PID'];
  const table = [header, ...rows.map(cells)];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    `Longshore: ${state.endpoint}, up ${elapsed(now - Date.parse(state.startedAt))} (supervisor: process ${state.supervisor.pid})`,
    '',
    ...lines,
  ].join('\n');
}

function cells({ record, outcome }: Row): string[] {
  const dash = (value: number | undefined) => (value === undefined ? '-' : String(value));
  const { status: told } = outcome;
  return [
    record.app,
    String(record.replica),
    outcome.ready ? 'ready' : `not ready: ${outcome.reason ?? 'no reason given'}`,
    told?.leader === undefined ? '-' : told.leader ? 'yes' : 'no',
    dash(told?.revision),
    dash(told?.foldLag),
    String(record.crashes),
    dash(record.healthPort),
    dash(record.process?.pid),
  ];
}

function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}
