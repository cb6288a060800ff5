import type { TargetState } from '../domain/model.js';
import type { Registration } from './registration.js';

/**
 * What HAProxy has to be: one frontend a listener, one backend a target group in use. Sections (`lines`) change with a reload; the
 * contents of maps and the servers' addresses and states change while it runs (`diff.ts`).
 */
export interface ProxyModel {
  readonly frontends: ReadonlyMap<string, Frontend>;
  readonly backends: ReadonlyMap<string, Backend>;
  /** Listeners that cannot be served, and why: a sentence for whoever made them. */
  readonly refused: readonly Refused[];
}

export interface Refused {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly reason: string;
}

export interface Frontend {
  readonly name: string;
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  /** Every `address:port` that it binds. */
  readonly endpoints: readonly string[];
  /** Of its section, without the binds. */
  readonly lines: readonly string[];
  /** What follows the address in each of its binds. */
  readonly bindOptions: string;
  /** By file name: lines of `key value`, in the order in which they are tried. */
  readonly maps: ReadonlyMap<string, readonly string[]>;
  /** By file name: bodies, lists of certificates. Named after their contents. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Backend {
  readonly name: string;
  readonly loadBalancerArn: string;
  readonly targetGroupArn: string;
  readonly lines: readonly string[];
  /** Of each of its servers. */
  readonly serverOptions: string;
  readonly check?: Check;
  /** Whether connections that a target still has when it is gone are cut. */
  readonly cutsAtTheEnd: boolean;
  /** By address, which is what a server is told apart by: `10.0.0.1:80`, `[::1]:80`. */
  readonly servers: ReadonlyMap<string, Server>;
}

export interface Check {
  readonly intervalMs: number;
  readonly fall: number;
  /** How it is done, where the app can do the first one of a target itself. */
  readonly first?: FirstCheck;
}

export interface FirstCheck {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** Absent: the target's own. */
  readonly port?: number;
  readonly path: string;
  readonly hostHeader: string;
  readonly timeoutMs: number;
  /** The codes of a healthy answer: inclusive ranges. */
  readonly codes: readonly (readonly [from: number, to: number])[];
}

export interface Server {
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly draining: boolean;
  /** The health that was recorded last: what is known of it where HAProxy does not know yet. */
  readonly recorded: TargetState;
  /** Of its last registration. */
  readonly registeredAt: string;
  /** Mostly one; several ids may mean one address. */
  readonly registrations: readonly Registration[];
}
