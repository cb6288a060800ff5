import type { Task } from '../model/task.js';

/** Task scale-in protection: what neither scaling in nor a deployment may stop before that moment (ecs-semantics §3.8). */
export const isProtected = ({ protectedUntil }: Task, nowMs: number): boolean =>
  protectedUntil !== undefined && Date.parse(protectedUntil) > nowMs;
