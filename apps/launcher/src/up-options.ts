import type { DesiredOptions } from './domain/desired.js';

/** What the command line of `up` says. */
export interface UpOptions extends DesiredOptions {
  /** A token, a file that holds one, or `-`. */
  readonly join?: string;
  readonly port?: string;
  readonly detach?: boolean;
  readonly logLevel: string;
}
