/** Named blobs. Each method throws when nobody answers. */
export interface SnapshotStore {
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  names(): Promise<readonly string[]>;
  /** Deleting what is not there is fine. */
  delete(name: string): Promise<void>;
}

export class MemorySnapshotStore implements SnapshotStore {
  readonly blobs = new Map<string, Uint8Array>();

  put(name: string, bytes: Uint8Array): Promise<void> {
    this.blobs.set(name, bytes.slice());
    return Promise.resolve();
  }

  get(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.blobs.get(name)?.slice());
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.blobs.keys()]);
  }

  delete(name: string): Promise<void> {
    this.blobs.delete(name);
    return Promise.resolve();
  }
}
