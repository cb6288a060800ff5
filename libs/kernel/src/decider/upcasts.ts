import type { EventRecord } from './transaction.js';

/** From the data of one version of an event to that of the next. Pure, and for ever: recorded journals are read through it. */
export type Upcast = (data: never) => unknown;

/**
 * Event type → its upcasts, the first from version 1 to 2. A type's current version is one more than it has upcasts; most have none.
 * `E` maps a type to the data of its current version.
 */
export type Upcasts<E> = { readonly [T in keyof E]?: readonly Upcast[] };

export const currentVersion = (upcasts: Upcasts<Record<string, unknown>>, type: string): number =>
  (Object.hasOwn(upcasts, type) ? upcasts[type]!.length : 0) + 1;

/** The event in its current version; itself when it is, or when it is newer than what is known here (`knows` then says no). */
export function upcastEvent(upcasts: Upcasts<Record<string, unknown>>, event: EventRecord): EventRecord {
  const current = currentVersion(upcasts, event.type);
  if (event.v >= current) return event;
  const data = upcasts[event.type]!.slice(event.v - 1).reduce((older, upcast) => upcast(older as never), event.data);
  return { type: event.type, v: current, data };
}
