import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import features from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js';
import featuresGrpc from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js';
import shared from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import status from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/status_pb.js';
import streams from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import streamsGrpc from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import { type Appended, type Expected, type StoredEvent, StoredStreams } from './stored-streams.js';

/**
 * A KurrentDB as its clients see it: real gRPC on loopback, by the service definitions that the official client brings, with the rules of
 * streams and nothing else of a server. The one that the client talks to has not been written by us; the rules here have.
 */
export class KurrentDbDouble {
  streams = new StoredStreams();
  /** Subscriptions deliver nothing, and stay. */
  isDeaf = false;
  onSubscription?: () => void;
  private server: Server | undefined;
  private listenPort = 0;

  static async start(): Promise<KurrentDbDouble> {
    const double = new KurrentDbDouble();
    await double.restart();
    return double;
  }

  get url(): string {
    return `kurrentdb://127.0.0.1:${this.listenPort}?tls=false`;
  }

  /** As a new server is. */
  forgetEverything(): void {
    this.streams = new StoredStreams();
    this.isDeaf = false;
    this.onSubscription = undefined;
  }

  /** Ends at once, connections and all; what is stored stays. */
  kill(): void {
    this.server?.forceShutdown();
    this.server = undefined;
  }

  /** On the same port. */
  async restart(): Promise<void> {
    this.kill();
    const server = new Server({ 'grpc.max_receive_message_length': 8 * 1024 * 1024 });
    server.addService(featuresGrpc.ServerFeaturesService as never, { getSupportedMethods: supportedMethods } as never);
    server.addService(
      streamsGrpc.StreamsService as never,
      {
        append: (call: ServerReadableStream<streams.AppendReq, streams.AppendResp>, done: sendUnaryData<streams.AppendResp>) =>
          this.append(call, done),
        batchAppend: (call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>) => this.batchAppend(call),
        read: (call: ServerWritableStream<streams.ReadReq, streams.ReadResp>) => this.read(call),
      } as never,
    );
    this.listenPort = await new Promise<number>((resolve, reject) =>
      server.bindAsync(`127.0.0.1:${this.listenPort}`, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    this.server = server;
  }

  private append(
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    done: sendUnaryData<streams.AppendResp>,
  ): void {
    let options: streams.AppendReq.Options | undefined;
    const events: StoredEvent[] = [];
    call.on('data', (request: streams.AppendReq) => {
      options ??= request.getOptions();
      const message = request.getProposedMessage();
      if (message) events.push(proposed(message));
    });
    call.on('error', () => undefined);
    call.on('end', () => {
      const appended = this.streams.append(nameOf(options!.getStreamIdentifier()), events, expectedOf(options!));
      const response = new streams.AppendResp();
      if ('refused' in appended)
        return appended.refused === 'deleted'
          ? done(exception('stream-deleted'))
          : done(exception('maximum-append-size-exceeded', { 'maximum-append-size': String(this.streams.maxAppendBytes) }));
      if ('revision' in appended) {
        const success = new streams.AppendResp.Success();
        success.setCurrentRevision(String(appended.revision));
        response.setSuccess(success);
      } else {
        const wrong = new streams.AppendResp.WrongExpectedVersion();
        if (appended.wrong === undefined) wrong.setCurrentNoStream(new shared.Empty());
        else wrong.setCurrentRevision(String(appended.wrong));
        response.setWrongExpectedVersion(wrong);
      }
      done(null, response);
    });
  }

  private batchAppend(call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void {
    const batches = new Map<string, { options: streams.BatchAppendReq.Options; events: StoredEvent[] }>();
    call.on('error', () => undefined);
    call.on('end', () => call.end());
    call.on('data', (request: streams.BatchAppendReq) => {
      const id = uuidOf(request.getCorrelationId()!);
      const batch = batches.get(id) ?? { options: request.getOptions()!, events: [] };
      batches.set(id, batch);
      batch.events.push(...request.getProposedMessagesList().map(proposed));
      if (!request.getIsFinal()) return;
      batches.delete(id);
      const { options, events } = batch;
      const appended = this.streams.append(nameOf(options.getStreamIdentifier()), events, batchExpectedOf(options));
      const response = new streams.BatchAppendResp();
      response.setCorrelationId(request.getCorrelationId());
      response.setStreamIdentifier(options.getStreamIdentifier());
      if ('revision' in appended) {
        const success = new streams.BatchAppendResp.Success();
        success.setCurrentRevision(String(appended.revision));
        response.setSuccess(success);
      } else response.setError(errorOf(appended, this.streams.maxAppendBytes));
      call.write(response);
    });
  }

  private read(call: ServerWritableStream<streams.ReadReq, streams.ReadResp>): void {
    const options = call.request.getOptions()!;
    const where = options.getStream()!;
    const stream = nameOf(where.getStreamIdentifier());
    const write = (event: StoredEvent, revision: number) => {
      const response = new streams.ReadResp();
      response.setEvent(readEvent(stream, event, revision, options.getUuidOption()?.hasStructured() ?? false));
      call.write(response);
    };
    if (options.hasSubscription()) return this.subscription(call, stream, where, write);
    if (this.streams.isTombstoned(stream)) return void call.emit('error', exception('stream-deleted', { 'stream-name': stream }));
    const events = this.streams.events(stream);
    if (!events) {
      const response = new streams.ReadResp();
      const notFound = new streams.ReadResp.StreamNotFound();
      notFound.setStreamIdentifier(where.getStreamIdentifier());
      response.setStreamNotFound(notFound);
      call.write(response);
      return void call.end();
    }
    const isBackwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
    const last = events.length - 1;
    const start = where.hasRevision() ? Number(where.getRevision()) : where.hasEnd() ? last : 0;
    const count = Number(options.getCount());
    for (let at = start, left = count; left > 0 && at >= 0 && at <= last; at += isBackwards ? -1 : 1) {
      if (this.streams.isHidden(stream, at)) continue;
      write(events[at]!, at);
      left--;
    }
    call.end();
  }

  private subscription(
    call: ServerWritableStream<streams.ReadReq, streams.ReadResp>,
    stream: string,
    where: streams.ReadReq.Options.StreamOptions,
    write: (event: StoredEvent, revision: number) => void,
  ): void {
    let next = where.hasRevision()
      ? Number(where.getRevision()) + 1
      : where.hasEnd()
        ? (this.streams.events(stream)?.length ?? 0)
        : 0;
    const confirmed = new streams.ReadResp();
    const confirmation = new streams.ReadResp.SubscriptionConfirmation();
    confirmation.setSubscriptionId('subscription');
    confirmed.setConfirmation(confirmation);
    call.write(confirmed);
    this.onSubscription?.();
    const deliver = () => {
      if (this.streams.isTombstoned(stream))
        return void call.emit('error', exception('stream-deleted', { 'stream-name': stream }));
      if (this.isDeaf) return;
      for (const event of this.streams.events(stream)?.slice(next) ?? []) {
        if (!this.streams.isHidden(stream, next)) write(event, next);
        next++;
      }
    };
    deliver();
    const caughtUp = new streams.ReadResp();
    caughtUp.setCaughtUp(new streams.ReadResp.CaughtUp());
    call.write(caughtUp);
    const stop = this.streams.onArrival(deliver);
    for (const end of ['cancelled', 'close', 'error']) call.on(end, stop);
  }
}

function supportedMethods(_call: unknown, done: sendUnaryData<features.SupportedMethods>): void {
  const methods = new features.SupportedMethods();
  methods.setEventStoreServerVersion('24.10.0');
  for (const name of ['append', 'batchappend', 'read']) {
    const method = new features.SupportedMethod();
    method.setServiceName('event_store.client.streams.streams');
    method.setMethodName(name);
    methods.addMethods(method);
  }
  done(null, methods);
}

const nameOf = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier!.getStreamName_asU8()).toString('utf8');

function proposed(message: streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage): StoredEvent {
  const metadata = message.getMetadataMap();
  return {
    id: uuidOf(message.getId()!),
    type: metadata.get('type')!,
    contentType: metadata.get('content-type')!,
    data: message.getData_asU8(),
    createdMs: Date.now(),
  };
}

function expectedOf(options: streams.AppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasRevision() ? BigInt(options.getRevision()) : 'any';
}

function batchExpectedOf(options: streams.BatchAppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasStreamPosition() ? BigInt(options.getStreamPosition()) : 'any';
}

function errorOf(appended: Exclude<Appended, { revision: bigint }>, maxAppendBytes: number): status.Status {
  const error = new status.Status();
  const details = new anyPb.Any();
  const pack = (message: { serializeBinary(): Uint8Array }, type: string) =>
    details.pack(message.serializeBinary(), `event_store.client.${type}`);
  if ('wrong' in appended) {
    const wrong = new shared.WrongExpectedVersion();
    if (appended.wrong === undefined) wrong.setCurrentNoStream(new emptyPb.Empty());
    else wrong.setCurrentStreamRevision(String(appended.wrong));
    pack(wrong, 'WrongExpectedVersion');
  } else if (appended.refused === 'deleted') pack(new shared.StreamDeleted(), 'StreamDeleted');
  else {
    const tooLarge = new shared.MaximumAppendSizeExceeded();
    tooLarge.setMaxappendsize(maxAppendBytes);
    pack(tooLarge, 'MaximumAppendSizeExceeded');
  }
  error.setDetails(details);
  return error;
}

function readEvent(stream: string, event: StoredEvent, revision: number, isStructured: boolean): streams.ReadResp.ReadEvent {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(isStructured ? structured(event.id) : stringUuid(event.id));
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream).toString('base64'));
  recorded.setStreamIdentifier(identifier);
  recorded.setStreamRevision(String(revision));
  recorded.setCommitPosition(String(revision));
  recorded.setPreparePosition(String(revision));
  recorded.setData(event.data);
  recorded
    .getMetadataMap()
    .set('type', event.type)
    .set('content-type', event.contentType)
    .set('created', String(BigInt(event.createdMs) * 10_000n));
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(recorded);
  read.setCommitPosition(String(revision));
  return read;
}

function stringUuid(id: string): shared.UUID {
  const uuid = new shared.UUID();
  uuid.setString(id);
  return uuid;
}

/** Two signed halves. */
function structured(id: string): shared.UUID {
  const hex = id.replaceAll('-', '');
  const half = (from: number) => String(BigInt.asIntN(64, BigInt(`0x${hex.slice(from, from + 16)}`)));
  const bits = new shared.UUID.Structured();
  bits.setMostSignificantBits(half(0));
  bits.setLeastSignificantBits(half(16));
  const uuid = new shared.UUID();
  uuid.setStructured(bits);
  return uuid;
}

function uuidOf(uuid: shared.UUID): string {
  const bits = uuid.getStructured();
  if (!bits) return uuid.getString();
  const half = (value: string) => BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
  const hex = half(bits.getMostSignificantBits()) + half(bits.getLeastSignificantBits());
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Errors have their name in a trailer. */
function exception(name: string, trailers: Readonly<Record<string, string>> = {}) {
  const metadata = new Metadata();
  metadata.set('exception', name);
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(name), { code: 9, details: name, metadata });
}
