import { parentPort, workerData } from 'node:worker_threads';
import { StoreUnavailable } from '../log-store.js';
import { SqliteReader } from './sqlite-reader.js';
import { SqliteWriter } from './sqlite-writer.js';
import type { Call, FromThread, ThreadData, ToThread } from './thread-protocol.js';
import { WriterLoop } from './writer-loop.js';

/** A thread of the store: the one that writes, or one of those that read. */
const { role, directory } = workerData as ThreadData;
const port = parentPort!;
const say = (message: FromThread) => port.postMessage(message);
const onDamage = (file: string, reason: string) => say({ damaged: { file, reason } });
const cancelled = new Set<number>();

const answers = role === 'writer' ? writing() : reading();

function writing(): (call: Call) => unknown {
  const loop = new WriterLoop(new SqliteWriter(directory, Date.now, onDamage), (error) =>
    say({ trouble: error instanceof Error ? error.message : String(error) }),
  );
  return (call) => {
    if (call.name === 'append') return loop.append(call.append);
    if (call.name === 'sweep') return loop.sweep(call.sweep);
    if (call.name === 'close') return loop.close();
    throw new Error(`the writer has no ${call.name}`);
  };
}

function reading(): (call: Call, isCancelled: () => boolean) => unknown {
  const reader = new SqliteReader(directory, onDamage);
  return (call, isCancelled) => {
    if (call.name === 'scan') return reader.scan(call.scan, isCancelled);
    if (call.name === 'count') return reader.count(call.counting, isCancelled);
    if (call.name === 'streamTimes') return reader.streamTimes(call.group);
    if (call.name === 'storedBytes') return reader.storedBytes();
    if (call.name === 'forget') return reader.forgetAll();
    if (call.name === 'close') return reader.close();
    throw new Error(`a reader has no ${call.name}`);
  };
}

port.on('message', (message: ToThread) => {
  if ('cancel' in message) cancelled.add(message.cancel);
  else void answer(message.id, message.call);
});

async function answer(id: number, call: Call): Promise<void> {
  try {
    say({ id, output: await answers(call, () => cancelled.has(id)) });
  } catch (error) {
    const { message, stack } = error as Error;
    say({ id, error: { message, stack, isUnavailable: error instanceof StoreUnavailable } });
  }
  cancelled.delete(id);
  if (call.name === 'close') port.close();
}
