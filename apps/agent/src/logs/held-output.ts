import type { OutputBrake } from './output-brake.js';

const MIB = 1024 * 1024;
/** Blocking: from here on the container's writes wait, until what is left is less. Far below what the engine keeps (`log-route.ts`). */
const HOLD_ABOVE_BYTES = 24 * MIB;
const RELEASE_BELOW_BYTES = 8 * MIB;

/** Makes a container wait that is too far ahead of who ships its lines; without a brake, never. */
export class HeldOutput {
  /** The container's process on this host, while it runs. */
  pid: number | undefined;
  private letGo: (() => void) | undefined;

  constructor(
    private readonly runtimeId: string,
    private readonly brake: OutputBrake | undefined,
  ) {}

  get isHeld(): boolean {
    return this.letGo !== undefined;
  }

  async mind(lagBytes: number): Promise<void> {
    // The engine tells of an exit only when it has got rid of all that was written: who is gone is not held.
    const isAlive = this.pid !== undefined && isProcess(this.pid);
    if (this.letGo && (lagBytes < RELEASE_BELOW_BYTES || !isAlive)) this.release();
    else if (!this.letGo && this.brake && lagBytes > HOLD_ABOVE_BYTES && isAlive) {
      this.letGo = await this.brake.hold(this.runtimeId, () => (this.letGo = undefined));
    }
  }

  release(): void {
    this.letGo?.();
    this.letGo = undefined;
  }
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
