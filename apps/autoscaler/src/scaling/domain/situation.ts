import type { NotScaledReason, ScalingStep, StepScaling, SuspendedState } from '../../domain/targets/model.js';

/** What was measured of an alarm's metric. */
export interface Reading {
  readonly alarm: string;
  readonly state: string;
  /** `AWS/ECS CPUUtilization`. */
  readonly metric: string;
  /** `Average of 10 s`: what the value is of its samples, and of which time. */
  readonly of: string;
  /** What is compared with the target. */
  readonly value: number;
  /** What came, where the value is what that is in a minute. */
  readonly measured?: number;
  /** Where the period of the value begins. */
  readonly fromMs: number;
}

/** A policy of target tracking, with the readings of those of its alarms that ring. */
export interface Tracking {
  readonly kind: 'tracking';
  readonly name: string;
  readonly target: number;
  readonly high?: Reading;
  readonly low?: Reading;
  readonly canScaleIn: boolean;
  readonly scaleOutCooldownSeconds: number;
  readonly scaleInCooldownSeconds: number;
}

/** A policy of step scaling, with one alarm that triggers it. */
export interface Step {
  readonly kind: 'step';
  readonly name: string;
  readonly settings: StepScaling;
  readonly reading: Reading & { readonly threshold: number };
  readonly cooldownSeconds: number;
  /** It acts once in each period of its alarm. */
  readonly periodSeconds: number;
}

export type TriggeredPolicy = Tracking | Step;

/** All that a decision rests on. */
export interface Situation {
  readonly nowMs: number;
  readonly desired: number;
  readonly running: number;
  /** A deployment is under way. */
  readonly isDeploying: boolean;
  readonly min: number;
  readonly max: number;
  readonly suspended: SuspendedState;
  /** The step before this one. */
  readonly last?: ScalingStep & {
    readonly startedAtMs: number;
    /** Until what it asked for runs there is none. */ readonly endedAtMs?: number;
  };
  readonly policies: readonly TriggeredPolicy[];
}

const shown = (value: number): number => Number(value.toPrecision(6));

/** `41.5 (Average of 10 s)`. */
export const valueTold = ({ of, value, measured }: Pick<Reading, 'of' | 'value' | 'measured'>): string =>
  measured === undefined ? `${shown(value)} (${of})` : `${shown(measured)} (${of}), ${shown(value)} a minute`;

export interface Outcome {
  readonly cause: string;
  readonly details?: string;
  readonly scaling?: ScalingStep;
  readonly notScaled?: readonly NotScaledReason[];
}

/** What one policy wants. */
export interface Wish {
  readonly to: number;
  readonly policyName: string;
  readonly reading: Reading;
  /** `> 50`. */
  readonly compared: string;
  readonly cooldownSeconds: number;
}
