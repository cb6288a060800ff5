/** What an app takes down at its end, in this order. */
export interface AppEnds {
  /** Long polls: what handlers wait for of their own will. */
  endWaits?(): void;
  /** Takes no more requests and answers those in hand; they need what the parts hold (folds, a lease). */
  closeHandlers(): Promise<void>;
  stopParts?(): Promise<void> | void;
  leaveBroker(): Promise<void>;
  closeHealth(): Promise<void>;
}

/** The end of a process that runs: asked for (once, however often it is said), or forced by a connection that is gone for good. */
export class AppLifetime {
  private isStopping = false;

  constructor(private readonly fail: (error: unknown) => void) {}

  /**
   * The client gives up for good when the broker refuses its credentials twice. Without a connection an app is deaf and does not
   * know it, so the process ends and its supervisor starts it anew.
   */
  async watch(closed: Promise<void | Error>): Promise<void> {
    const reason = await closed;
    if (this.isStopping) return;
    this.fail(new Error(`the connection to NATS is closed for good: ${reason ? reason.message : 'no reason was given'}`));
  }

  /** False when the app is ending already. */
  async stop(ends: AppEnds): Promise<boolean> {
    if (this.isStopping) return false;
    this.isStopping = true;
    ends.endWaits?.();
    await ends.closeHandlers();
    await ends.stopParts?.();
    await ends.leaveBroker();
    await ends.closeHealth();
    return true;
  }
}
