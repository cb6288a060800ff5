import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The working copy, from `test/support` and, built, from `dist/test/support`. */
export const ROOT = ['../..', '../../..']
  .map((up) => join(import.meta.dirname, up))
  .find((directory) => existsSync(join(directory, 'package.json')))!;
