/** What a HAProxy that runs has, as it reports it and as steps since have changed it. */
export interface Runtime {
  /** By name: the sections that it was started with, to be compared with the model's. */
  readonly frontends: ReadonlyMap<string, string>;
  readonly sections: ReadonlyMap<string, string>;
  /** By file name. */
  readonly maps: Map<string, readonly string[]>;
  /** By backend. */
  readonly slots: Map<string, readonly Slot[]>;
}

/**
 * A server that was declared ahead. HAProxy 2.6 can add servers while it runs, but none with cookies; a slot needs only an address.
 * `free`: in maintenance.
 */
export interface Slot {
  readonly name: string;
  readonly state: 'free' | 'in' | 'draining';
  /** Of one that is not free. */
  readonly address?: string;
  /** Of the registration that it was given to, where that is known. */
  readonly registeredAt?: string;
  readonly isUp: boolean;
  /** Checks passed in a row, while it is down. */
  readonly health: number;
  /** HAProxy's word for the last check: L7OK, L4CON …; absent before the first one. */
  readonly checkStatus?: string;
  readonly checkCode?: string;
  readonly sessions: number;
  /**
   * Of one that drains: when HAProxy was first read without a session of it since it was told to drain, and for how long that was so when
   * it was last read, both on the clock of whoever read it. What was read before the drain says nothing of it.
   */
  readonly idle?: { readonly sinceMs: number; readonly forMs: number };
  /** Has not been up since it was given this address: on the clock of whoever gave it, in milliseconds. */
  readonly enteredAtMs?: number;
}

export const freeSlot = (name: string): Slot => ({ name, state: 'free', isUp: false, health: 0, sessions: 0 });

export const FEWEST_SLOTS = 8;

/** Twice what is needed, so that a rolling replacement of everything fits; growth doubles, so it is rare. */
export const slotsFor = (servers: number): number => 2 ** Math.ceil(Math.log2(Math.max(FEWEST_SLOTS, 2 * servers)));
