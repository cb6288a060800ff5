/** Lengths that people count in. */
const LENGTHS_S = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800];
const ABOUT = 60;
export const MAX_BINS = 2_000;

/** In milliseconds: about as many bins as a screen shows. */
export function binFor(from: number, to: number): number {
  const seconds = (to - from) / 1_000 / ABOUT;
  return 1_000 * (LENGTHS_S.find((length) => length >= seconds) ?? LENGTHS_S.at(-1)!);
}
