import { readJson, writeAtomically } from '../host/files.js';
import type { Layout } from '../host/layout.js';

/** On a joined host: whose it is. Its key and the broker's authority are in the secrets directory. */
export interface JoinedHost {
  /** `tls://10.0.0.5:4567` */
  readonly brokers: readonly string[];
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  /** 32 hex digits: the end of its container instance's ARN. */
  readonly instanceId: string;
  /** Where its tasks publish their ports for clients. */
  readonly address: string;
  readonly joinedAt: string;
  /** What the first host lets it say of itself, for its agent. */
  readonly grant?: string;
  /** What images of the installation's own registry begin with, on every host. Absent: the first host did not say so yet. */
  readonly registry?: string;
  /** What its containers may reach of it: `--allow`. Absent: nothing. */
  readonly hostAccess?: string;
}

/** Undefined when this data directory is not a joined host's. */
export const readJoined = (layout: Layout): JoinedHost | undefined => readJson<JoinedHost>(layout.joined);

export const writeJoined = (layout: Layout, joined: JoinedHost): void =>
  writeAtomically(layout.joined, `${JSON.stringify(joined, null, 2)}\n`);
