import { build, type Plugin } from 'esbuild';
import { globSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BUNDLES, PROGRAMS } from './supervise/programs.js';

// `npm run build` ends with this: a program of many hundred modules becomes one file, which starts with two thirds of the processor time
// (docs/adr/0025-one-file-a-program.md, with the figures).

const root = join(import.meta.dirname, '../../../..');
const compiled = 'dist/apps';

/** Threads have entry points of their own, at the same place beside their program's as in the sources. */
const threads = globSync(`${compiled}/*/src/{past-worker,store/sqlite/store-thread}.js`, { cwd: root });
const mains = new Set(PROGRAMS.map(({ entry }) => entry.replace(BUNDLES, compiled)));

/** What Nest and the engine's client use where somebody has installed it stays an import, that fails as it would. */
const absentStays: Plugin = {
  name: 'absent-stays',
  setup(bundler) {
    const asked = Symbol();
    bundler.onResolve({ filter: /^[^./#]/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === asked) return undefined;
      const found = await bundler.resolve(path, { ...from, pluginData: asked });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

/** Maps a package's first character and no more: with the maps of all packages each process would be 80 MB larger once it has told of an error. */
const NO_MAP = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');
const packagesUnmapped: Plugin = {
  name: 'packages-unmapped',
  setup(bundler) {
    bundler.onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${NO_MAP}`,
      loader: 'js',
    }));
  },
};

await rm(join(root, BUNDLES), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: [...mains, ...threads],
  outbase: compiled,
  outdir: BUNDLES,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Packages have their modules there, of which what nobody uses can be left out.
  mainFields: ['module', 'main'],
  // Without `keepNames`: with it every function that is made while the program runs is named anew, which was a tenth of a fold's time. What
  // stands in log lines is a class's name all the same, but for one that another class has too.
  // A third less to read at each start.
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  // For engines over SSH: it looks for files beside its own, and has an optional part that is never compiled (.npmrc).
  external: ['ssh2'],
  plugins: [absentStays, packagesUnmapped],
  // For packages that are CommonJS.
  banner: { js: `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);` },
});
