const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90d`, `12h`, in seconds. Undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return amount === undefined ? undefined : (Number(amount) * UNIT_MS[unit!]!) / 1_000;
}

/** `15m`, `2h`, or an instant like `2026-11-23T15:00:00Z`, in milliseconds since the epoch. Undefined for anything else. */
export function instantSince(text: string, nowMs: number): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * UNIT_MS[unit!]!;
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
