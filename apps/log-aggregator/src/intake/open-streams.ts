import type { SendToWriter } from '#lib/app';
import type { Scope } from '#lib/kernel';
import type { CommandReply } from '#lib/messaging';
import type { Clock, Random } from '#lib/platform';
import { groupKey, type LoggingState, streamKey } from '../domain/state.js';

export interface OpenedStream {
  readonly groupId: string;
  readonly place: number;
  readonly streamId: string;
}

const OPEN_TIMEOUT_MS = 5_000;

/** The stream that a container writes to: known, or made by a command, once however many of its batches wait for it. */
export class OpenStreams {
  private readonly opening = new Map<string, Promise<OpenedStream | Exclude<CommandReply, { output: unknown }>>>();

  constructor(
    private readonly state: LoggingState,
    private readonly send: SendToWriter,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly random: Random,
    /** The aggregators that live. */
    private readonly places: () => readonly number[],
  ) {}

  async of(scope: Scope, logGroupName: string, logStreamName: string, createGroup: boolean, principal: string) {
    const [group, stream] = [
      this.state.groups.get(groupKey(scope, logGroupName)),
      this.state.streams.get(streamKey(scope, logGroupName, logStreamName)),
    ];
    if (group && stream) return { groupId: group.id, place: group.place, streamId: stream.id };
    const key = `${streamKey(scope, logGroupName, logStreamName)} ${createGroup}`;
    const known = this.opening.get(key);
    if (known) return known;
    const opening = this.open(scope, { logGroupName, logStreamName, createGroup, places: this.places() }, principal);
    this.opening.set(key, opening);
    // A failure is told by whoever waits for it.
    void opening.finally(() => this.opening.delete(key)).catch(() => undefined);
    return opening;
  }

  private async open({ accountId, region }: Scope, input: object, principal: string) {
    const id = this.random.hex(16);
    const command = {
      id,
      name: 'OpenLogStream',
      operation: 'CreateLogStream',
      principal,
      accountId,
      region,
      requestId: id,
      input,
    };
    const reply = await this.send(command, this.clock.monotonicMs() + OPEN_TIMEOUT_MS);
    return 'output' in reply ? (reply.output as OpenedStream) : reply;
  }
}
