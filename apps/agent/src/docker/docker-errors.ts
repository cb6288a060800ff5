import { EngineUnavailableError } from '../ports.js';

interface DockerodeError extends Error {
  readonly statusCode?: number;
  readonly json?: { readonly message?: string };
}

/** What dockerd says in an answer while it goes down: not the container's fault, and over in a moment. */
const GOING_DOWN = new RegExp(
  [
    'context canceled',
    'transport is closing',
    'client connection is closing',
    'shutting down',
    'containerd\\.sock.*connection refused',
    // libnetwork's store is closed before the API stops answering (seen with 20.10).
    'failed to update store for object type',
    'database not open',
  ].join('|'),
);

export const statusOf = (error: unknown): number | undefined => (error as DockerodeError).statusCode;

/** The engine's own words, as the ECS agent passes them on. */
export function engineWords(error: unknown): string {
  const { json, message } = error as DockerodeError;
  const words = json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]*- /, '');
  return `Error response from daemon: ${words.trim()}`;
}

/** Rethrows what is no answer of the engine (no connection, or one that broke): nothing is known about the outcome then. */
export function rethrowUnlessAnswered(error: unknown): void {
  if (statusOf(error) === undefined || GOING_DOWN.test((error as Error).message)) {
    throw new EngineUnavailableError(`The container engine does not answer: ${(error as Error).message}`, { cause: error });
  }
}

/** The call's value, or undefined when the engine answers one of `statuses`. */
export async function unlessStatus<T>(statuses: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    rethrowUnlessAnswered(error);
    if (statuses.includes(statusOf(error)!)) return undefined;
    throw error;
  }
}

export const answered = <T>(call: Promise<T>): Promise<T> => unlessStatus([], call) as Promise<T>;

/** For questions: an error is no answer to one, whoever says it; as little is known as when nobody does. */
export async function toldFor<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof EngineUnavailableError) throw error;
    throw new EngineUnavailableError(`The container engine gives no answer: ${engineWords(error)}`, { cause: error });
  }
}
