/** A key that seals one value: 32 bytes. */
export interface ValueKey {
  readonly keyId: string;
  readonly key: Uint8Array;
}

/**
 * Where the keys of values are, and nowhere else: not in the journal, which is for ever. A value whose key is destroyed cannot be read any
 * more, in no journal, snapshot or copy of them.
 */
export interface ValueKeys {
  /** A new one, that survives whatever happens from now on. */
  make(): Promise<ValueKey>;
  find(keyId: string): Promise<Uint8Array | undefined>;
  destroy(keyId: string): Promise<void>;
  list(): Promise<readonly string[]>;
}
