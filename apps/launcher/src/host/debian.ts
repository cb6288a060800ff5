import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, lastLine, run } from './command.js';
import { UserFault } from '../terminal/fault.js';

/** System parts on Debian-likes, through apt only. */
export const hasApt = (): boolean => findProgram('apt-get') !== undefined && findProgram('dpkg') !== undefined;
export const isRoot = (): boolean => process.geteuid?.() === 0;

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Installs distribution packages system-wide; `why` completes "… is needed to". */
export async function installPackages(packages: readonly string[], why: string): Promise<void> {
  const names = packages.join(' ');
  if (!hasApt())
    throw new UserFault(`${names} is needed to ${why}, and this machine has no apt: install it, then run ./longshore again.`);
  if (!isRoot())
    throw new UserFault(`${names} is needed to ${why}: run "sudo apt-get install ${names}", or ./longshore as root.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  await run('apt-get', [...wait, 'update'], { env });
  // An update may fail for a foreign source that is down; what counts is whether the packages come.
  const installed = await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env });
  if (installed.code !== 0) throw new UserFault(`apt-get could not install ${names}: ${lastLine(installed.output)}`);
}

/**
 * Unpacks one package into `destination` and installs nothing. With `suite`, from that (newer) suite of the machine's own mirror:
 * apt runs on a state directory of its own, so the machine's sources and preferences stay as they are.
 */
export async function unpackPrivately(packageName: string, destination: string, suite?: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'longshore-apt-'));
  try {
    const options = suite ? await privateAptOptions(work, suite) : [];
    const download = await run('apt-get', [...options, 'download', packageName], { cwd: work });
    const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (download.code !== 0 || !deb)
      throw new UserFault(`apt-get could not download ${packageName}: ${lastLine(download.output)}`);
    mkdirSync(destination, { recursive: true });
    const unpacked = await run('dpkg', ['-x', join(work, deb), destination]);
    if (unpacked.code !== 0) throw new UserFault(`${packageName} could not be unpacked: ${lastLine(unpacked.output)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function privateAptOptions(work: string, suite: string): Promise<string[]> {
  for (const directory of ['state/lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(join(work, directory), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  let signedBy = '';
  if (existsSync(KEYRING)) {
    copyFileSync(KEYRING, join(work, 'keyring.gpg'));
    signedBy = `[signed-by=${join(work, 'keyring.gpg')}] `;
  }
  const mirror = await mainMirror();
  if (!mirror) throw new UserFault("The machine's apt sources name no Debian mirror to take another suite from.");
  writeFileSync(join(work, 'sources.list'), `deb ${signedBy}${mirror} ${suite} main\n`);
  const settings = {
    'Dir::State': join(work, 'state'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': join(work, 'parts'),
    'Dir::Etc::preferences': join(work, 'none'),
    'Dir::Etc::preferencesparts': join(work, 'parts'),
    'Acquire::Languages': 'none',
    // The directory is private to this user; apt's own download user could not read it.
    'APT::Sandbox::User': 'root',
  };
  const options = ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  const update = await run('apt-get', [...options, '-o', 'APT::Update::Error-Mode=any', 'update']);
  if (update.code !== 0) throw new UserFault(`apt could not read ${suite} from the machine's mirror: ${lastLine(update.output)}`);
  return options;
}

/** The URI this machine takes its release's `main` from, as apt itself understood its sources. */
async function mainMirror(): Promise<string | undefined> {
  const release = await run('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"']);
  const targets = await run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(RELEASE) $(COMPONENT)',
    'Created-By: Packages',
  ]);
  return mirrorOf(targets.stdout, release.stdout.trim());
}

/** Among lines of `URI suite component`: the release's own `main`, else any `main` that is not a security or updates suite. */
export function mirrorOf(indexTargets: string, codename: string): string | undefined {
  const rows = indexTargets
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 3 && fields[2] === 'main');
  const own =
    rows.find((fields) => fields[1] === codename) ?? rows.find((fields) => !/[-/](security|updates|backports)/.test(fields[1]!));
  return own?.[0];
}
