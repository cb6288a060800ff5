import { monitorEventLoopDelay } from 'node:perf_hooks';

const WINDOW_MS = 10_000;
const RESOLUTION_MS = 20;

/** The longest delay of the event loop in this window of ten seconds or the one before; nothing of the first one, in which code is loaded. */
export class EventLoopDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private before = 0;
  private isStarting = true;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.histogram.enable();
    this.timer = setInterval(() => {
      this.before = this.inWindow();
      this.isStarting = false;
      this.histogram.reset();
    }, WINDOW_MS).unref();
  }

  longestMs(): number {
    return Math.max(this.before, this.inWindow());
  }

  stop(): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }

  /** Its timer's own interval is not a delay. */
  private inWindow(): number {
    const { max } = this.histogram;
    return this.isStarting || max === 0 ? 0 : Math.max(0, Math.round(max / 1e6) - RESOLUTION_MS);
  }
}
