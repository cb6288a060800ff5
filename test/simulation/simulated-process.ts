import { setMaxListeners } from 'node:events';
import { AppLifetime } from '#lib/app';
import { type Clock, type Logger, type Random, seededRandom } from '#lib/platform';
import type { Chaos } from './faults.js';
import type { VirtualTime } from './virtual-time.js';

type AnyFunction = (...args: unknown[]) => unknown;

const never = new Promise<never>(() => undefined);

export interface ProcessOptions {
  /** Replica and start: `scheduler-2#3`. */
  readonly name: string;
  readonly time: VirtualTime;
  readonly chaos: Chaos;
  readonly logger: Logger;
  /** How far this machine's wall clock is off, now. */
  readonly wallClockOffsetMs: () => number;
  readonly onCrash: () => void;
  /** False: it does not notice that its connection is closed for good. */
  readonly watchesConnection?: boolean;
}

/**
 * One start of one app. Time, network, disk and engine reach the app through this object only; when the process dies, nothing
 * comes through any more: timers do not fire, promises stay pending, calls do nothing. What was on its way to others stays so.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  private readonly death = new AbortController();
  private pausedUntilMs = 0;
  private cutOffUntilMs = 0;
  /** As every app has it (`startApp`). */
  readonly lifetime = new AppLifetime((error) => this.fail(error));
  private isClosed = false;
  private closed: (reason: Error) => void = () => undefined;

  constructor(private readonly options: ProcessOptions) {
    const { time, chaos, name, logger, wallClockOffsetMs } = options;
    this.name = name;
    this.random = seededRandom(chaos.between(0, 2 ** 32 - 1));
    this.logger = this.whileAlive(logger);
    setMaxListeners(0, this.death.signal);
    const closed = new Promise<Error>((resolve) => (this.closed = resolve));
    if (options.watchesConnection !== false) void this.lifetime.watch(closed);
    // Processes have nothing in common but the wall clock, and that only roughly.
    const monotonicOffsetMs = chaos.between(0, 1_000_000);
    const after = (ms: number, callback: () => void) => time.after(ms, () => this.whenAwake(callback));
    this.clock = {
      now: () => time.wallMs + wallClockOffsetMs(),
      monotonicMs: () => monotonicOffsetMs + time.nowMs,
      sinceBootMs: () => monotonicOffsetMs + time.sinceBootMs,
      after,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason as Error);
          const onAbort = () => {
            cancel();
            reject(signal!.reason as Error);
          };
          const cancel = after(ms, () => {
            signal?.removeEventListener('abort', onAbort);
            if (!this.crashesHere()) resolve();
          });
          signal?.addEventListener('abort', onAbort, { once: true });
        }),
    };
  }

  get isAlive(): boolean {
    return !this.death.signal.aborted;
  }

  get died(): AbortSignal {
    return this.death.signal;
  }

  get isCutOff(): boolean {
    return this.isClosed || this.options.time.nowMs < this.cutOffUntilMs;
  }

  /** The client of the broker gives up: nothing comes or goes any more, and no healing changes that. */
  closeConnection(): void {
    this.isClosed = true;
    this.closed(new Error('the broker refused the credentials'));
  }

  /** Cut off from the broker, without knowing. */
  cutOff(ms: number): void {
    this.cutOffUntilMs = Math.max(this.cutOffUntilMs, this.options.time.nowMs + ms);
  }

  pause(ms: number): void {
    this.pausedUntilMs = this.options.time.nowMs + ms;
  }

  heal(): void {
    this.cutOffUntilMs = 0;
  }

  private fail(error: unknown): void {
    this.logger.info({ error }, 'ends');
    this.crash();
  }

  crash(): void {
    if (!this.isAlive) return;
    this.death.abort(new Error(`${this.name} is dead`));
    this.options.onCrash();
  }

  /** Every await is one of these points. */
  crashesHere(): boolean {
    if (!this.isAlive) return true;
    if (!this.options.chaos.strikes('processCrashed')) return false;
    this.options.logger.info({}, `${this.name} crashed`);
    this.crash();
    return true;
  }

  /** Runs what came from outside: now, when the pause is over, or never. */
  whenAwake(run: () => void): void {
    if (!this.isAlive) return;
    const leftMs = this.pausedUntilMs - this.options.time.nowMs;
    if (leftMs > 0) this.options.time.after(leftMs, () => this.whenAwake(run));
    else run();
  }

  /** A port as this process has it: each call may be the last thing it does, or may be done without it hearing of that. */
  guard<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        return typeof member === 'function' ? (...args: unknown[]) => this.call(target, member as AnyFunction, args) : member;
      },
    });
  }

  private call(target: object, method: AnyFunction, args: unknown[]): unknown {
    if (this.crashesHere()) return never;
    const result = method.apply(
      target,
      args.map((arg) => (typeof arg === 'function' ? this.listener(arg as AnyFunction) : arg)),
    );
    if (!(result instanceof Promise)) return result;
    return new Promise((resolve, reject) => {
      result.then(
        (value) => this.whenAwake(() => !this.crashesHere() && resolve(value)),
        (error: unknown) => this.whenAwake(() => reject(error as Error)),
      );
    });
  }

  private listener(call: AnyFunction): AnyFunction {
    return (...args) => this.whenAwake(() => void call(...args));
  }

  private whileAlive(logger: Logger): Logger {
    const say =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (fields: object, message: string): void => {
        if (this.isAlive) logger[level](fields, `${this.name}: ${message}`);
      };
    const own: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), child: () => own };
    return own;
  }
}
