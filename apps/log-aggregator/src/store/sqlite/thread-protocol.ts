import type { Counting, DamagedFile, Scan, Sweep } from '../log-store.js';
import type { PreparedAppend } from './prepared.js';

export interface ThreadData {
  readonly role: 'writer' | 'reader';
  readonly directory: string;
}

export type Call =
  | { readonly name: 'append'; readonly append: PreparedAppend }
  | { readonly name: 'sweep'; readonly sweep: Sweep }
  | { readonly name: 'scan'; readonly scan: Scan }
  | { readonly name: 'count'; readonly counting: Counting }
  | { readonly name: 'streamTimes'; readonly group: Scan['group'] }
  | { readonly name: 'storedBytes' }
  /** Of files that are gone. */
  | { readonly name: 'forget' }
  | { readonly name: 'close' };

export type ToThread = { readonly id: number; readonly call: Call } | { readonly cancel: number };

export type FromThread =
  | { readonly id: number; readonly output: unknown }
  | {
      readonly id: number;
      readonly error: { readonly message: string; readonly isUnavailable: boolean; readonly stack?: string };
    }
  | { readonly damaged: DamagedFile }
  | { readonly trouble: string };
