import { createHash } from 'node:crypto';

/** Of each setting in the environment of a start a digest: some have passwords. */
export type Settings = Readonly<Record<string, string>>;

const LOG_LEVEL = '--log-level';
/** Which installation it is, what is compared by its own rule, and what only tests set. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['LONGSHORE_DATA', 'LONGSHORE_JOURNAL', 'LONGSHORE_TESTS']);
const DEFAULT_LOG_LEVEL = 'info';

const digestOf = (name: string, value: string): string => createHash('sha256').update(`${name}=${value}`).digest('base64url');

export function settingsOf(environment: NodeJS.ProcessEnv, logLevel: string): Settings {
  const settings: Record<string, string> = { [LOG_LEVEL]: digestOf(LOG_LEVEL, logLevel) };
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('LONGSHORE_') && value && !NO_SETTINGS.has(name)) settings[name] = digestOf(name, value);
  return settings;
}

/** What is set here and is not what runs. Something that is only set there was set by whoever started it. */
export function otherSettings(running: Settings, environment: NodeJS.ProcessEnv, logLevel: string): readonly string[] {
  return Object.entries(settingsOf(environment, logLevel))
    .filter(([name, digest]) => running[name] !== digest && (name !== LOG_LEVEL || logLevel !== DEFAULT_LOG_LEVEL))
    .map(([name]) => name)
    .sort();
}
