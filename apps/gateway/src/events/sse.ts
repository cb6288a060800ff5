/** Frames of Server-Sent Events (WHATWG HTML, 9.2.6), as far as they are needed: nothing given here may contain a line break. */
export const sse = {
  /** `data` is sent as JSON, which never has a raw line break. */
  event: (id: string, name: string, data: unknown): string => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
  /** As `event`, where the reader's place stays what it is. */
  unplaced: (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
  /** An id without data is no event but moves the point that the reader resumes from. */
  position: (id: string): string => `id: ${id}\n\n`,
  /** How long a reader waits before it connects again. */
  retry: (ms: number): string => `retry: ${ms}\n\n`,
  comment: (text: string): string => `: ${text}\n\n`,
} as const;
