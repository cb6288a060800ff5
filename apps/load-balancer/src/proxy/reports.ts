import type { Runtime, Slot } from './runtime.js';

/** One line of a table that HAProxy prints, by the names of its columns. Of the hundred or so that there are, those that are read. */
export type Row = Readonly<Record<string, string>>;

const READ: ReadonlySet<string> = new Set(
  (
    'pxname svname type mode scur stot bin bout econ req_tot conn_tot check_status check_code last_chk ' +
    'hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx hrsp_other ' +
    'be_name srv_name srv_addr srv_port srv_op_state srv_admin_state srv_check_health'
  ).split(' '),
);

/** `show stat`: CSV with a heading; fields with commas or quotes are quoted. */
export function parseStat(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const columns = columnsOf(lines[0]?.replace(/^# /, '').split(',') ?? []);
  return lines.slice(1).map((line) => rowOf(columns, fieldsOf(line)));
}

function fieldsOf(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) =>
    field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field,
  );
}

/** `show servers state`: a version, a heading, and fields between blanks. */
export function parseServersState(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const at = lines.findIndex((line) => line.startsWith('# '));
  if (at < 0) return [];
  const columns = columnsOf(lines[at]!.slice(2).trim().split(' '));
  return lines.slice(at + 1).map((line) => rowOf(columns, line.split(' ')));
}

type Columns = readonly (readonly [name: string, index: number])[];

const columnsOf = (heading: readonly string[]): Columns =>
  heading.flatMap((name, index) => (READ.has(name) ? [[name, index] as const] : []));

function rowOf(columns: Columns, fields: readonly string[]): Row {
  const row: Record<string, string> = {};
  for (const [name, index] of columns) row[name] = fields[index] ?? '';
  return row;
}

/** srv_admin_state (management guide, "show servers state"). 0x04 only says that it began in maintenance, and stays. */
const IN_MAINTENANCE = 0x01 | 0x02 | 0x20 | 0x40;
const IN_DRAIN = 0x08 | 0x10;

/** The slots as HAProxy reports them, by backend. What only this app knows of them is taken over from `known`. */
export function slotsOf(
  states: readonly Row[],
  stats: readonly Row[],
  known: Runtime['slots'],
  isSlot: (backend: string) => boolean,
  nowMs: number,
): Map<string, readonly Slot[]> {
  const statOf = new Map(stats.map((row) => [`${row.pxname}/${row.svname}`, row]));
  const slots = new Map<string, Slot[]>();
  for (const row of states) {
    if (!isSlot(row.be_name!)) continue;
    const list = slots.get(row.be_name!) ?? [];
    const earlier = known.get(row.be_name!)?.find(({ name }) => name === row.srv_name);
    list.push(slotOf(row, statOf.get(`${row.be_name}/${row.srv_name}`), earlier, nowMs));
    slots.set(row.be_name!, list);
  }
  return slots;
}

function slotOf(row: Row, stat: Row | undefined, earlier: Slot | undefined, nowMs: number): Slot {
  const admin = Number(row.srv_admin_state);
  const name = row.srv_name!;
  const sessions = Number(stat?.scur ?? 0);
  if (admin & IN_MAINTENANCE) return { name, state: 'free', isUp: false, health: 0, sessions };
  const host = row.srv_addr!;
  const address = host.includes(':') ? `[${host}]:${row.srv_port}` : `${host}:${row.srv_port}`;
  const isUp = Number(row.srv_op_state) > 0;
  const same = earlier?.address === address ? earlier : undefined;
  // While a check is under way the word for the last one has a star.
  const checkStatus = stat?.check_status?.replace(/^\* /, '');
  const isDraining = (admin & IN_DRAIN) !== 0;
  const sinceMs = same?.idle?.sinceMs ?? nowMs;
  return {
    name,
    state: isDraining ? 'draining' : 'in',
    address,
    isUp,
    health: isUp ? 0 : Number(row.srv_check_health),
    sessions,
    ...(isDraining && sessions === 0 ? { idle: { sinceMs, forMs: nowMs - sinceMs } } : {}),
    ...(checkStatus && checkStatus !== 'INI' ? { checkStatus } : {}),
    ...(stat?.check_code ? { checkCode: stat.check_code } : {}),
    ...(same?.registeredAt === undefined ? {} : { registeredAt: same.registeredAt }),
    ...(isUp || same?.enteredAtMs === undefined ? {} : { enteredAtMs: same.enteredAtMs }),
  };
}
