/** How a process answers when it is asked whether it lives. */
export type SignOfLife =
  | 'alive'
  /** Nothing comes within the bound: it is frozen, or its event loop is blocked. */
  | 'silent'
  /** Nobody listens (yet): it starts, or it does not come to that; its exit says why. */
  | 'refused'
  /** It answers, and only a new start can help; the sentence says why. */
  | { readonly illness: string };

export const ASK_EVERY_MS = 2_000;
export const ANSWER_WITHIN_MS = 2_000;
/**
 * Questions in a row without an answer, and not time, because a supervisor that was itself suspended has asked nothing. Together
 * 10 to 20 s: longer than any pause that a garbage collection or a loaded machine has made, shorter than a client's patience.
 */
export const UNANSWERED_QUESTIONS = 5;

export interface Doubt {
  readonly unanswered: number;
  readonly why: string;
}
export const NO_DOUBT: Doubt = { unanswered: 0, why: '' };

export function afterAnswer(doubt: Doubt, sign: SignOfLife): Doubt {
  if (sign === 'alive' || sign === 'refused') return NO_DOUBT;
  return { unanswered: doubt.unanswered + 1, why: sign === 'silent' ? 'it gives no sign of life' : sign.illness };
}

/** Waiting longer would not help: end it, so that it starts anew. */
export const isHopeless = (doubt: Doubt): boolean => doubt.unanswered >= UNANSWERED_QUESTIONS;
