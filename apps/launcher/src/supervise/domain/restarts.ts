/** Restarts of a crashed app: at once is wrong (a crash loop eats a core), never is wrong too. */
export const FIRST_RESTART_DELAY_MS = 250;
export const LONGEST_RESTART_DELAY_MS = 10_000;
/** An app that ran this long has recovered: its next crash is a first one. */
export const RECOVERED_AFTER_MS = 30_000;

export interface RestartHistory {
  /** Crashes in a row, each before `RECOVERED_AFTER_MS`. */
  readonly crashes: number;
}
export const NO_CRASHES: RestartHistory = { crashes: 0 };

export function afterCrash(history: RestartHistory, ranMs: number): { history: RestartHistory; delayMs: number } {
  const before = ranMs >= RECOVERED_AFTER_MS ? 0 : history.crashes;
  const delayMs = Math.min(FIRST_RESTART_DELAY_MS * 2 ** Math.min(before, 16), LONGEST_RESTART_DELAY_MS);
  return { history: { crashes: before + 1 }, delayMs };
}
