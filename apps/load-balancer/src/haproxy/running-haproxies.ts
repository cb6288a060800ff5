import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HAPROXY_VARIABLE } from '#lib/names';

/** The pids of an installation's HAProxys on this host, whoever started them, by what their environment says. Those that have ended have none. */
export async function haproxiesOf(home: string, processes = '/proc'): Promise<readonly number[]> {
  const mark = `${HAPROXY_VARIABLE}=${home}`;
  const names = (await readdir(processes)).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map(async (name) => (await environmentOf(join(processes, name))).includes(mark)));
  return names.filter((_name, index) => found[index]).map(Number);
}

/** Nothing where it cannot be read: it is another user's, so none of these, or it has just ended. */
const environmentOf = async (directory: string): Promise<readonly string[]> =>
  (await readFile(join(directory, 'environ'), 'utf8').catch(() => '')).split('\0');
