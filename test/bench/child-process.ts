import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A module of this folder in a process of its own, so that clients do not share the event loop of what they measure. */
export interface Child {
  /** One call at a time. */
  call<T>(message: unknown): Promise<T>;
  end(): Promise<void>;
}

interface Reply {
  readonly result?: unknown;
  readonly failure?: string;
}

export function startChild(module: string, execArgv: readonly string[] = process.execArgv, env: NodeJS.ProcessEnv = {}): Child {
  const child = fork(new URL(module, import.meta.url), {
    stdio: 'inherit',
    execArgv: [...execArgv],
    env: { ...process.env, ...env },
  });
  return {
    call: async <T>(message: unknown) => {
      const reply = new Promise<Reply>((resolve) => {
        child.once('message', (message) => resolve(message as Reply));
        child.once('exit', (code) => resolve({ failure: `the clients' process ended with ${code}` }));
      });
      child.send(message as object);
      const { result, failure } = await reply;
      child.removeAllListeners('message').removeAllListeners('exit');
      if (failure !== undefined) throw new Error(failure);
      return result as T;
    },
    end: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** The other side: answers every call, until the parent goes. */
export function serveParent<M>(handle: (message: M) => Promise<unknown>): void {
  process.on('message', (message) => {
    handle(message as M).then(
      (result) => process.send!({ result } satisfies Reply),
      (error: unknown) => process.send!({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
