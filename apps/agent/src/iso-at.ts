/** A power of two: the two clocks of a task are mostly within a millisecond or so of each other, and of those of its neighbours. */
const KEPT = 8;
const known: { ms: number; text: string }[] = Array.from({ length: KEPT }, () => ({ ms: NaN, text: '' }));

/**
 * ISO-8601 of milliseconds since the epoch. Every step of a task wants it twice, and of a millisecond in which thousands of simulated
 * tasks make their steps it is written once: it was a twentieth of their processor time.
 */
export function isoAt(ms: number): string {
  const whole = Math.trunc(ms);
  const slot = known[Math.abs(whole % KEPT)]!;
  if (slot.ms !== whole) {
    slot.text = new Date(whole).toISOString();
    slot.ms = whole;
  }
  return slot.text;
}
