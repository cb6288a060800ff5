import type { Scope } from '#lib/kernel';
import type { Tags } from '../model.js';
import type { EventCursors, RuleId, RuleSettings, RuleTarget } from './model.js';

type RunId = Scope & { readonly id: string };

/** Of rules and what they run. */
export interface RuleEvents {
  /** Made, or given other settings; its targets stay. `tags`: of a new one. */
  RulePut: RuleId & { readonly settings: RuleSettings; readonly tags?: Tags };
  RuleEnabled: RuleId;
  RuleDisabled: RuleId;
  RuleDeleted: RuleId;
  RuleTagged: RuleId & { readonly tags: Tags };
  RuleUntagged: RuleId & { readonly tagKeys: readonly string[] };
  /** New ones, and those that are other than before. */
  RuleTargetsPut: RuleId & { readonly targets: readonly RuleTarget[] };
  RuleTargetsRemoved: RuleId & { readonly targetIds: readonly string[] };
  /** Its moment had come, at `dueAt`: a run for each target. */
  RuleTriggered: RuleId & {
    readonly dueAt: string;
    readonly runs: readonly { readonly id: string; readonly targetId: string }[];
  };
  /** Its targets were told of what there was up to here. */
  RuleEventsSeen: RuleId & { readonly cursors: EventCursors };
  /** ECS has taken it, whole. */
  ScheduledRunStarted: RunId & { readonly taskArns: readonly string[] };
  /** It did not get through, or not all of its tasks had a place. */
  ScheduledRunDelayed: RunId & { readonly reason: string; readonly isRefused: boolean; readonly retryAt: string };
  /** It is given up. */
  ScheduledRunFailed: RunId & { readonly reason: string };
}
