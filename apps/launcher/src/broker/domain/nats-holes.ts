/** A hole of nats-server that matters in the way Longshore uses it (users by JWT, no leaf nodes, routes, WebSockets or MQTT). */
interface Hole {
  readonly id: string;
  readonly what: string;
  /** The first version that has it. */
  readonly since: string;
  /** One a release line; lines after the last have never had it, those before the first were not mended. */
  readonly fixedIn: readonly string[];
}

/** Source: advisories.nats.io, as of November 2026. */
const HOLES: readonly Hole[] = [
  {
    id: 'CVE-2025-30215',
    what: 'whoever may use JetStream can delete all that it keeps',
    since: '2.2.0',
    fixedIn: ['2.10.27', '2.11.1'],
  },
  {
    id: 'CVE-2026-33249',
    what: 'a host can have traces published where it may not publish',
    since: '2.11.0',
    fixedIn: ['2.11.15', '2.12.6'],
  },
];

/** What is wrong with a broker of this version, a sentence a hole. A pre-release counts as the release that it comes before. */
export function holesOf(version: string): string[] {
  const parts = partsOf(version);
  if (!parts) return [];
  return HOLES.filter(({ since, fixedIn }) => !isBefore(parts, partsOf(since)!) && !isMended(parts, fixedIn)).map(
    ({ id, what, fixedIn }) =>
      `nats-server ${version} has the hole ${id}: ${what}. Mended in ${fixedIn.join(', ')} and later lines; see docs/operations.md, "The broker".`,
  );
}

type Version = readonly [number, number, number];

function partsOf(version: string): Version | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined;
}

const isBefore = (one: Version, other: Version): boolean => {
  const differing = one.findIndex((part, index) => part !== other[index]);
  return differing >= 0 && one[differing]! < other[differing]!;
};

function isMended(version: Version, fixedIn: readonly string[]): boolean {
  const fixes = fixedIn.map((fix) => partsOf(fix)!);
  const ofLine = fixes.find(([major, minor]) => major === version[0] && minor === version[1]);
  return !isBefore(version, ofLine ?? fixes.at(-1)!);
}
