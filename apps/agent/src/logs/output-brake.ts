/** Makes a container's writes to stdout and stderr wait, and nothing else of it. */
export interface OutputBrake {
  /** Held until the returned function is called; `onLost`: it ended by itself (the engine went). Undefined: it could not be held. */
  hold(runtimeId: string, onLost: () => void): Promise<(() => void) | undefined>;
}
