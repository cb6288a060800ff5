import { connect, type Socket } from 'node:net';

export interface SocketLimits {
  /** Of one command, from when it is sent to when its whole answer is there. */
  readonly timeoutMs: number;
  readonly answerBytes: number;
}

export const SOCKET_LIMITS: SocketLimits = { timeoutMs: 10_000, answerBytes: 64 * 1024 * 1024 };

/** HAProxy did something else than what was asked, or nothing: what it has now has to be read again. */
export class RuntimeError extends Error {}

interface Waiting {
  readonly command: string;
  readonly hasPayload: boolean;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/** Between answers in HAProxy's interactive mode. */
const PROMPT = '\n> ';
/** Where it has to wait for the rest of a payload (a busy machine gives it a part), it says so before each line. */
const MORE_PROMPTS = /^(?:\+ )+/;

/**
 * HAProxy's runtime API on one connection that stays: a process that is being replaced no longer listens, but goes on answering those
 * who are connected, and lives as long as they are.
 */
export class RuntimeSocket {
  /** Resolves when the connection is over, for whatever reason: the process is gone, or somebody closed it. */
  readonly closed: Promise<void>;
  private readonly waiting: Waiting[] = [];
  private text = '';
  private failure: Error | undefined;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly limits: SocketLimits,
  ) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.take(chunk));
    socket.once('error', (error) => this.fail(error));
    socket.once('close', () => this.fail(new RuntimeError('HAProxy closed its runtime socket')));
  }

  static async connect(path: string, limits: SocketLimits = SOCKET_LIMITS): Promise<RuntimeSocket> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const runtime = new RuntimeSocket(socket, limits);
    await runtime.ask('prompt');
    return runtime;
  }

  /** `payload`: lines, sent after the command. */
  ask(command: string, payload?: string): Promise<string> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ command, hasPayload: payload !== undefined, resolve, reject });
      this.socket.write(payload === undefined ? `${command}\n` : `${command} <<\n${payload}\n`);
      this.restartTimer();
    });
  }

  /** One after another, without waiting for each. */
  askAll(commands: readonly string[]): Promise<readonly string[]> {
    return Promise.all(commands.map((command) => this.ask(command)));
  }

  get isOpen(): boolean {
    return this.failure === undefined;
  }

  close(): void {
    this.fail(new RuntimeError('the runtime socket was closed'));
  }

  private take(chunk: string): void {
    // The end of a prompt may be what came last.
    let from = Math.max(0, this.text.length - PROMPT.length);
    this.text += chunk;
    for (;;) {
      const end = this.text.indexOf(PROMPT, from);
      if (end < 0) break;
      const answer = this.text.slice(0, end);
      this.text = this.text.slice(end + PROMPT.length);
      from = 0;
      const asked = this.waiting.shift();
      asked?.resolve(asked.hasPayload ? answer.replace(MORE_PROMPTS, '') : answer);
      this.restartTimer();
    }
    if (this.text.length > this.limits.answerBytes) this.fail(new RuntimeError('an answer on the runtime socket is too long'));
  }

  private restartTimer(): void {
    clearTimeout(this.timer);
    const [first] = this.waiting;
    if (!first || this.failure) return;
    this.timer = setTimeout(
      () => this.fail(new RuntimeError(`HAProxy does not answer '${first.command}'`)),
      this.limits.timeoutMs,
    );
  }

  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    clearTimeout(this.timer);
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
