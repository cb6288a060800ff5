import type { DesiredOptions } from '../supervise/domain/desired.js';

/** What the command line of `up` says. */
export interface UpOptions extends DesiredOptions {
  /** A token, a file that holds one, or `-`. */
  readonly join?: string;
  readonly port?: string;
  /** `r361`: the journal has lost what follows, and it is given up. */
  readonly acceptLossSince?: string;
  /** What NATS relays of a journal in KurrentDB may be made anew. */
  readonly rebuildRelay?: boolean;
  readonly detach?: boolean;
  readonly logLevel: string;
}
