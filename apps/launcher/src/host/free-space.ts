/** Below it, writing fails soon; the system waits for space instead of trying. */
export const LEAST_FREE_BYTES = 64 * 1024 * 1024;
