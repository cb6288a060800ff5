import { expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// `./longshore up` installs without the packages for tests, and builds. A working copy has them all, so nothing else here would miss one.
const root = join(import.meta.dirname, '../../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean }> };
const { exclude } = JSON.parse(readFileSync(join(root, 'tsconfig.production.json'), 'utf8')) as { exclude: string[] };

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const typesOf = (name: string) => `@types/${name.replace(/^@/, '').replace('/', '__')}`;
const locked = (name: string) => lock.packages[`node_modules/${name}`];

it('what is built on a new machine imports only packages, and types of packages, that are installed there', () => {
  const sources = globSync('{apps,libs}/**/*.ts', { cwd: root, exclude });
  const missing = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?:\bfrom|^import|\bimport\() ?'([^'#.][^':]*)'/gm)]
      .map(([, specifier]) => packageOf(specifier!))
      .flatMap((name) => [name, typesOf(name)])
      .filter((name) => locked(name)?.dev)
      .map((name) => `${file}: ${name}`),
  );
  expect(sources.length).toBeGreaterThan(500);
  expect(missing).toEqual([]);
});
