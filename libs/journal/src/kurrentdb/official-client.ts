/**
 * What is used of KurrentDB's official client. Its package is 26 MB, a part of it under another licence, and installed only where somebody
 * asks for KurrentDB (docs/adr/0008-kurrentdb.md): so nothing here may need its types. A contract test compares them.
 */
export const CLIENT_PACKAGE: string = '@kurrent/kurrentdb-client';

export interface ProposedEvent {
  /** A UUID. */
  readonly id: string;
  readonly type: string;
  readonly contentType: 'application/json';
  readonly data: Record<string, unknown>;
  readonly metadata: undefined;
}

export interface RecordedEvent {
  readonly revision: bigint;
  readonly type: string;
  /** Of JSON: parsed. */
  readonly data: unknown;
}

interface ResolvedEvent {
  readonly event?: RecordedEvent;
}

export interface EventSubscription extends AsyncIterable<ResolvedEvent> {
  on(name: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  unsubscribe(): Promise<void>;
}

export interface OfficialClient {
  appendToStream(
    stream: string,
    event: ProposedEvent,
    options: { streamState: bigint | 'no_stream'; requiresLeader: boolean; deadline: number },
  ): Promise<{ success: boolean; nextExpectedRevision: bigint }>;
  readStream(
    stream: string,
    options: { direction: 'forwards' | 'backwards'; fromRevision: bigint | 'end'; maxCount: number; requiresLeader: boolean },
  ): AsyncIterable<ResolvedEvent>;
  subscribeToStream(stream: string, options: { fromRevision: bigint; requiresLeader: boolean }): EventSubscription;
  dispose(): Promise<void>;
}

/** The package's exports. */
export interface OfficialPackage {
  readonly KurrentDBClient: { connectionString(text: string): OfficialClient };
}
