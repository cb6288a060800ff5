import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserFault } from '../terminal/fault.js';
import { warn } from '../terminal/terminal.js';
import { findProgram } from './command.js';
import { writeAtomically } from './files.js';
import type { Layout } from './layout.js';
import { ensureUnpacked } from './unpacked-program.js';

const PACKAGE = 'victoria-metrics';
/** Another store than the own one, with the name and the password for it. */
export const METRICS_VARIABLE = 'LONGSHORE_METRICS_URL';
const RETENTION_VARIABLE = 'LONGSHORE_METRICS_RETENTION';
const DEFAULT_RETENTION = '63d';

/** As it is named, the machine's own, or that of this checkout. */
export const victoriaMetricsOf = (layout: Layout): string =>
  process.env.LONGSHORE_VICTORIA_METRICS ?? findProgram(PACKAGE) ?? join(layout.bin, PACKAGE);

/** Answers its path. */
export async function ensureVictoriaMetrics(layout: Layout): Promise<string> {
  const target = victoriaMetricsOf(layout);
  await ensureUnpacked(layout, PACKAGE, target);
  return target;
}

/** VictoriaMetrics, where metrics go on beyond the autoscaler's memory. Without it they end there, and `status` says so; false then. */
export async function tryToFetchVictoriaMetrics(layout: Layout): Promise<boolean> {
  try {
    await ensureVictoriaMetrics(layout);
    return true;
  } catch (error) {
    warn(`Metrics are kept in memory only: ${messageOf(error)}`);
    return false;
  }
}

/** How long it keeps what it has. */
export function metricsRetention(environment: NodeJS.ProcessEnv): string {
  const given = environment[RETENTION_VARIABLE] || DEFAULT_RETENTION;
  if (/^[1-9]\d{0,3}[dwy]$/.test(given)) return given;
  throw new UserFault(`${RETENTION_VARIABLE} takes days, weeks or years, like 63d, 26w or 1y, and not "${given}".`);
}

/** The store listens on this host, and everybody on it can reach it. */
export function ensureMetricsPassword({ metricsPassword }: Layout): string {
  if (!existsSync(metricsPassword)) writeAtomically(metricsPassword, `${randomBytes(24).toString('hex')}\n`, 0o600);
  return readFileSync(metricsPassword, 'utf8').trim();
}
