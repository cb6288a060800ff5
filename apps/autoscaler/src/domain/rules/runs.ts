import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import type { Scope } from '#lib/kernel';
import type { RuleId, RuleTarget, RunSource, ScheduledRun } from './model.js';
import { ruleKey, runId, sourceKey } from './names.js';
import { ruleDueMs } from './schedule.js';

/** Of a rule or a schedule. One of each minute whose tasks find no place all day would fill the memory, and then the cluster. */
export const MOST_WAITING = 100;
/** EventBridge's own, where a target says nothing else. */
const MAX_AGE_S = 86_400;
const MAX_RETRIES = 185;
/** What ECS refuses seldom passes by itself; but a host that comes back, or a definition that is registered a moment too late, does. Ten minutes. */
const MOST_REFUSALS = 8;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

const maxAgeMs = ({ given }: RuleTarget): number => (given.RetryPolicy?.MaximumEventAgeInSeconds ?? MAX_AGE_S) * 1_000;

/** After this it is run no more. */
export const runExpiresMs = ({ dueAt, target }: Pick<ScheduledRun, 'dueAt'> & { readonly target: RuleTarget }): number =>
  Date.parse(dueAt) + maxAgeMs(target);

export const expiredReason = ({ dueAt }: Pick<ScheduledRun, 'dueAt'>): string =>
  `It was due at ${dueAt}, which is longer ago than its RetryPolicy allows.`;

export const runsOf = (state: ScalingState, scope: Scope, source: RunSource): ScheduledRun[] => [
  ...state.scheduledRuns.by('source', sourceKey(scope, source)),
];

export const waitingOf = (state: ScalingState, scope: Scope, source: RunSource): number =>
  state.scheduledRuns.countBy('source', sourceKey(scope, source));

export const failed = ({ accountId, region, id }: Pick<ScheduledRun, 'accountId' | 'region' | 'id'>, reason: string) =>
  event('ScheduledRunFailed', { accountId, region, id, reason });

/** By the owner's clock: the moment is compared with the commit's time, so a second one finds nothing to do. */
const triggerRules: CommandRule<{ readonly rules: readonly RuleId[] }> = {
  actors: ITSELF,
  decide: (state, { rules }, { at }) => rules.flatMap((id) => triggered(state, id, Date.parse(at))),
  reply: () => ({}),
};

function triggered(state: ScalingState, id: RuleId, nowMs: number) {
  const rule = state.rules.get(ruleKey(id));
  const due = rule && ruleDueMs(rule, nowMs);
  if (!rule || due === undefined) return [];
  const { accountId, region, name } = rule;
  const dueAt = new Date(due).toISOString();
  const runs = rule.targets.map((target) => ({ id: runId(rule, target.given.Id, dueAt), target }));
  let waiting = waitingOf(state, rule, { kind: 'rule', name });
  const failures = runs.flatMap(({ id: run, target }) => {
    if (nowMs > runExpiresMs({ dueAt, target })) return [failed({ accountId, region, id: run }, expiredReason({ dueAt }))];
    if (++waiting <= MOST_WAITING) return [];
    return [failed({ accountId, region, id: run }, `${MOST_WAITING} earlier runs of the rule are still waiting to be started.`)];
  });
  const named = runs.map(({ id: run, target }) => ({ id: run, targetId: target.given.Id }));
  return [event('RuleTriggered', { accountId, region, name, dueAt, runs: named }), ...failures];
}

/** What became of a try. `isFinal`: no other one is made, whatever the target's policy says. */
export type RunResult = { readonly id: string; readonly attempt: number } & (
  | { readonly taskArns: readonly string[] }
  | { readonly problem: { readonly reason: string; readonly isRefused: boolean; readonly isFinal?: boolean } }
);

const MOST_REASON = 1_000;

/** A run that is over, or that another replica has tried since, stays as it is; that its tasks were started is true whoever says it. */
const recordScheduledRuns: CommandRule<{ readonly results: readonly RunResult[] }> = {
  actors: ITSELF,
  decide: (state, { results }, { at }) =>
    results.flatMap((result) => {
      const run = state.scheduledRuns.get(result.id);
      if (!run) return [];
      const { accountId, region, id } = run;
      if ('taskArns' in result) return [event('ScheduledRunStarted', { accountId, region, id, taskArns: result.taskArns })];
      if (result.attempt !== run.attempts) return [];
      const { isRefused, isFinal = false } = result.problem;
      const reason = result.problem.reason.slice(0, MOST_REASON);
      const retryMs = isFinal ? undefined : retryAtMs(run, isRefused, Date.parse(at));
      if (retryMs === undefined) return [failed(run, reason)];
      return [
        event('ScheduledRunDelayed', { accountId, region, id, reason, isRefused, retryAt: new Date(retryMs).toISOString() }),
      ];
    }),
  reply: () => ({}),
};

/** When it is tried again, later and later; undefined: never. */
export function retryAtMs(run: ScheduledRun, isRefused: boolean, nowMs: number): number | undefined {
  const { given } = run.target;
  const tries = run.attempts + 1;
  if (tries > (given.RetryPolicy?.MaximumRetryAttempts ?? MAX_RETRIES)) return undefined;
  if (isRefused && run.refusals + 1 >= MOST_REFUSALS) return undefined;
  const atMs = nowMs + Math.min(FIRST_PAUSE_MS * 2 ** run.attempts, LONGEST_PAUSE_MS);
  return atMs > runExpiresMs(run) ? undefined : atMs;
}

export const runCommands: CommandRules = { TriggerRules: triggerRules, RecordScheduledRuns: recordScheduledRuns };
