import { EventStreamCodec } from '@smithy/core/event-streams';
import type { Rejection } from '#lib/kernel';
import type { OperationModel } from '../model.js';
import { jsonStructure } from './json.js';
import { text } from './wire.js';

/**
 * Frames of `application/vnd.amazon.eventstream` (Smithy, "Amazon Event Stream Specification"), with payloads of AWS JSON: an answer that is
 * told event by event. Where operations are named by a header and not by their path, the answer's other members are the first event.
 */
export const EVENT_STREAM_TYPE = 'application/vnd.amazon.eventstream';

const decoder = new TextDecoder();
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : decoder.decode(bytes)),
  (characters) => text.encode(characters),
);

function frame(headers: Readonly<Record<string, string>>, body: Uint8Array = new Uint8Array()): Uint8Array {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }] as const);
  return codec.encode({ headers: Object.fromEntries(typed), body });
}

const JSON_TYPE = { ':content-type': 'application/json' };

export const eventFrames = {
  initialResponse: (): Uint8Array =>
    frame({ ':message-type': 'event', ':event-type': 'initial-response', ...JSON_TYPE }, text.encode('{}')),

  /** One value of the union that the stream is of. Its exceptions end the stream, and have a name of their own in the frame. */
  event({ output, eventStream }: OperationModel, event: object): Uint8Array {
    const [[name, value]] = Object.entries(event) as [[string, unknown]];
    const union = output.members.get(eventStream!)!.shape;
    const shape = union.kind === 'union' ? union.members.get(name)?.shape : undefined;
    if (shape?.kind !== 'structure') throw new Error(`${output.name} has no event '${name}'`);
    const kind: Readonly<Record<string, string>> = name.endsWith('Exception')
      ? { ':message-type': 'exception', ':exception-type': name }
      : { ':message-type': 'event', ':event-type': name };
    return frame({ ...kind, ...JSON_TYPE }, text.encode(JSON.stringify(jsonStructure(shape, value))));
  },

  /** What no model names. Nothing follows it. */
  error: ({ code, message }: Pick<Rejection, 'code' | 'message'>): Uint8Array =>
    frame({ ':message-type': 'error', ':error-code': code, ':error-message': message }),
} as const;
