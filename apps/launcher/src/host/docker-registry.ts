import { join } from 'node:path';
import { messageOf } from '../terminal/fault.js';
import { warn } from '../terminal/terminal.js';
import { findProgram } from './command.js';
import type { Layout } from './layout.js';
import { ensureUnpacked } from './unpacked-program.js';

const PACKAGE = 'docker-registry';

/** Where the registry app looks for it when it is first needed: as it is named, the machine's own, or that of this checkout. */
export const dockerRegistryOf = (layout: Layout): string =>
  process.env.LONGSHORE_DOCKER_REGISTRY ?? findProgram(PACKAGE) ?? join(layout.bin, PACKAGE);

/**
 * Docker's registry, which keeps pushed images. Everything else works without it, so its failure stops nothing; pushes say why they fail.
 */
export async function tryToFetchDockerRegistry(layout: Layout): Promise<void> {
  try {
    await ensureDockerRegistry(layout);
  } catch (error) {
    warn(`Images cannot be pushed here: ${messageOf(error)}`);
  }
}

/** Answers its path. */
export async function ensureDockerRegistry(layout: Layout): Promise<string> {
  const target = dockerRegistryOf(layout);
  await ensureUnpacked(layout, PACKAGE, target);
  return target;
}
