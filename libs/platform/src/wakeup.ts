import type { Clock } from './clock.js';

/** For a loop that looks now and then, and at once when somebody says that there is something to see. */
export class Wakeup {
  private isDue = false;
  private resolve: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  wake(): void {
    this.isDue = true;
    this.resolve?.();
  }

  async wait(longestMs: number): Promise<void> {
    if (!this.isDue) {
      await new Promise<void>((resolve) => {
        const cancel = this.clock.after(longestMs, resolve);
        this.resolve = () => {
          cancel();
          resolve();
        };
      });
    }
    this.resolve = undefined;
    this.isDue = false;
  }
}
