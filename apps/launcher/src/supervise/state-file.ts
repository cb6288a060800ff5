import type { Clock } from '#lib/platform';
import { messageOf } from '../terminal/fault.js';
import { remove, writeAtomically } from '../host/files.js';
import type { RunState } from './run-state.js';

const AGAIN_AFTER_MS = 2_000;

/** `run/state.json`, kept current. A disk that is full makes it old, and it is written as soon as there is space again. */
export class StateFile {
  private retry?: () => void;
  private isTold = false;

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
    private readonly state: () => RunState,
    private readonly warn: (text: string) => void,
    private readonly write: (path: string, content: string) => void = writeAtomically,
  ) {}

  /** Never throws. */
  publish(): void {
    this.retry?.();
    this.retry = undefined;
    try {
      this.write(this.path, `${JSON.stringify(this.state(), null, 2)}\n`);
      if (this.isTold) this.warn(`${this.path} is current again.`);
      this.isTold = false;
    } catch (error) {
      if (!this.isTold) this.warn(`${this.path} cannot be written, so ./longshore status tells old things: ${messageOf(error)}`);
      this.isTold = true;
      this.retry = this.clock.after(AGAIN_AFTER_MS, () => this.publish());
    }
  }

  /** Nothing runs any more. */
  remove(): void {
    this.retry?.();
    remove(this.path);
  }
}
