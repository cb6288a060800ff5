import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { AFTER_OTHERS, findProgram, LAST, runBeside, runInteractively } from '../host/command.js';
import { installPackages } from '../host/debian.js';
import { ensureDockerEngine } from '../host/docker-engine.js';
import { ensureDockerRegistry } from '../host/docker-registry.js';
import { ensureVictoriaMetrics } from '../host/victoria-metrics.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { ensureNatsServer } from '../broker/nats-binary.js';
import { say } from '../terminal/terminal.js';

/**
 * What the tests drive besides Docker Engine and nats-server: program → Debian package. Only the distribution's own count: an AWS
 * CLI of another version that comes first on PATH has other exit codes and prints times otherwise.
 */
const TEST_PROGRAMS = {
  aws: 'awscli',
  busybox: 'busybox-static',
  'docker-compose': 'docker-compose',
  curl: 'curl',
  haproxy: 'haproxy',
  ip: 'iproute2',
  nft: 'nftables',
  openssl: 'openssl',
} as const;
const DISTRIBUTION_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';

interface Tally {
  passed: number;
  /** What failed: a test by file and name, with the first line of why; a suite that could not be loaded likewise. */
  failures: string[];
}

/** `test`: installs what tests need, runs every kind of test, and never skips one. Returns the exit code. */
export async function runTests(layout: Layout, jestArguments: readonly string[]): Promise<number> {
  makeDirectories(layout);
  const missing = Object.entries(TEST_PROGRAMS).filter(([program]) => !findProgram(program, DISTRIBUTION_PATH));
  if (missing.length > 0) {
    const packages = missing.map(([, packageName]) => packageName);
    say(`Installing what the tests need: ${packages.join(', ')} …`);
    await installPackages(packages, 'run the tests');
  }
  await ensureDockerEngine(layout);
  const env = {
    ...process.env,
    LONGSHORE_NATS_SERVER: await ensureNatsServer(layout),
    LONGSHORE_DOCKER_REGISTRY: await ensureDockerRegistry(layout),
    LONGSHORE_VICTORIA_METRICS: await ensureVictoriaMetrics(layout),
  };

  const failed: string[] = [];
  const check = async (what: string, command: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}) => {
    say(`\n── ${what}`);
    if ((await runInteractively(command, args, { ...env, ...extra }, layout.root)) !== 0) failed.push(what);
  };
  const checkBeside =
    (niceness: number): typeof check =>
    async (what, command, args, extra) => {
      const { code, output } = await runBeside(niceness, command, args, { ...env, ...extra }, layout.root);
      say(`\n── ${what}\n${output.trimEnd()}`);
      if (code !== 0) failed.push(what);
    };
  await check('docker-compose.yml', 'docker-compose', ['-f', 'docker-compose.yml', 'config', '--quiet']);

  const tally: Tally = { passed: 0, failures: [] };
  const jest = async (how: typeof check, what: string, kinds: string, extraArguments: readonly string[]) => {
    const directory = mkdtempSync(join(tmpdir(), 'longshore-test-'));
    const report = join(directory, 'report.json');
    const args = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...extraArguments, ...jestArguments];
    const options = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim();
    await how(what, process.execPath, args, { LONGSHORE_TESTS: kinds, NODE_OPTIONS: options });
    addReport(tally, report, layout.root);
    rmSync(directory, { recursive: true, force: true });
  };
  // Of chosen tests one kind may have none.
  const chosen = jestArguments.length > 0 ? ['--passWithNoTests'] : [];
  // On every core; jest would leave one out, which on two cores means one test file after another.
  const onEveryCore = [`--maxWorkers=${availableParallelism()}`, ...chosen];
  // No core waits for a test: what needs nothing but processor takes what is left beside those that wait for containers a good half of their time.
  // Worlds last, which cannot be slow: their time is virtual.
  const beside = [
    jest(checkBeside(LAST), 'simulated worlds', 'simulation', ['--runInBand', ...chosen]),
    checkBeside(AFTER_OTHERS)('lint, import direction, format', 'npm', ['run', '--silent', 'lint']),
  ];
  await jest(check, 'contract tests', 'contract', onEveryCore);
  beside.push(jest(checkBeside(AFTER_OTHERS), 'unit tests', 'spec', onEveryCore));
  // One after another: each of these has the machine's engine and ports to itself.
  await jest(check, 'end-to-end tests', 'e2e', ['--runInBand', ...chosen]);
  await Promise.all(beside);

  const { passed, failures } = tally;
  if (passed + failures.length === 0) failed.push('no test is of that name');
  say(failed.length > 0 ? `\nFailed: ${failed.join('; ')}.` : '\nEverything passed.');
  // Once more and last: thousands of lines are between here and where each was told.
  for (const failure of failures) say(failure);
  say(`${passed} passed, ${failures.length} failed`);
  return failed.length > 0 ? 1 : 0;
}

interface Suite {
  name: string;
  status: 'passed' | 'failed';
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] | null }[];
}

/** A suite that could not even be loaded, or whose set-up failed, has no failed test in it, but it failed. */
function addReport(tally: Tally, path: string, root: string): void {
  const report = JSON.parse(readFileSync(path, 'utf8')) as { numPassedTests: number; testResults: Suite[] };
  tally.passed += report.numPassedTests;
  for (const { name, status, message, assertionResults } of report.testResults) {
    if (status !== 'failed') continue;
    const file = relative(root, name);
    const tests = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of tests)
      tally.failures.push(`  ${file}: ${fullName}: ${inShort(failureMessages?.[0] ?? '')}`);
    if (tests.length === 0) tally.failures.push(`  ${file}: ${inShort(message)}`);
  }
}

/** What jest says of a failure, on one line: up to where the code or the stack begins. */
function inShort(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('●'));
  const end = said.findIndex((line) => /^(at |>? ?\d+ \|)/.test(line));
  return (end < 0 ? said : said.slice(0, end)).join(' ').slice(0, 400);
}
