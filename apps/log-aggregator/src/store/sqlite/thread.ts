import { Worker } from 'node:worker_threads';
import { type DamagedFile, StoreUnavailable } from '../log-store.js';
import type { Call, FromThread, ThreadData, ToThread } from './thread-protocol.js';

export interface ThreadTold {
  readonly onDamaged: (damaged: DamagedFile) => void;
  readonly onTrouble: (message: string) => void;
  /** It ended by itself: nothing can be kept any more. */
  readonly onFatal: (error: unknown) => void;
}

/** A reader makes a buffer a block and is done with it: a small young heap lets go of them soon. */
const YOUNG_MB = { writer: 16, reader: 4 } as const;

/** A thread of the store, from outside. */
export class StoreThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { readonly resolve: (output: never) => void; readonly reject: (error: unknown) => void }
  >();
  private lastId = 0;
  private isClosing = false;

  constructor(script: URL, data: ThreadData, told: ThreadTold) {
    this.worker = new Worker(script, {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: YOUNG_MB[data.role] },
    });
    this.worker.on('message', (message: FromThread) => {
      if ('damaged' in message) told.onDamaged(message.damaged);
      else if ('trouble' in message) told.onTrouble(message.trouble);
      else this.settle(message);
    });
    this.worker.on('error', (error) => this.end(error, told));
    this.worker.on('exit', (code) => {
      if (!this.isClosing) this.end(new Error(`the store's ${data.role} ended with code ${code}`), told);
    });
  }

  call<T>(call: Call, transfer: ArrayBuffer[] = [], signal?: AbortSignal): Promise<T> {
    if (this.isClosing) return Promise.reject(new StoreUnavailable('The store is closing.'));
    const id = ++this.lastId;
    const asked = new Promise<T>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const cancel = () => this.worker.postMessage({ cancel: id } satisfies ToThread);
    this.worker.postMessage({ id, call } satisfies ToThread, transfer);
    if (!signal) return asked;
    signal.addEventListener('abort', cancel, { once: true });
    return asked.finally(() => signal.removeEventListener('abort', cancel));
  }

  /** How many calls have no answer yet. */
  get load(): number {
    return this.waiting.size;
  }

  async close(): Promise<void> {
    if (this.isClosing) return;
    const closed = this.call({ name: 'close' });
    this.isClosing = true;
    await closed;
    await this.worker.terminate();
  }

  private settle(message: Extract<FromThread, { id: number }>): void {
    const asked = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (!asked) return;
    if ('output' in message) return asked.resolve(message.output as never);
    const { message: text, isUnavailable, stack } = message.error;
    asked.reject(isUnavailable ? new StoreUnavailable(text) : Object.assign(new Error(text), { stack }));
  }

  private end(error: unknown, told: ThreadTold): void {
    if (this.isClosing) return;
    this.isClosing = true;
    for (const { reject } of this.waiting.values()) reject(new StoreUnavailable('The store has ended.'));
    this.waiting.clear();
    told.onFatal(error);
  }
}
