import { pino } from 'pino';

/** Structured log lines. The first argument carries the fields, the second says the sentence. Never pass secrets. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** What waits for a disk that takes nothing; more than that is dropped and counted. */
const LARGEST_BACKLOG_BYTES = 256 * 1024;

/**
 * JSON lines on standard output (the supervisor stores them a file an app). A line that cannot be written (the disk is full) never
 * ends an app: it waits for the next one, and what was too much to wait is told as a number.
 */
export function createLogger(app: string, level: string, descriptor = 1): Logger {
  const destination = pino.destination({ dest: descriptor, sync: true, maxLength: LARGEST_BACKLOG_BYTES });
  const options = { level, base: { app, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = pino(options, destination) as unknown as Logger;
  let lost = 0;
  // Without a listener the error would be nobody's, and end the process.
  destination.on('error', () => undefined);
  destination.on('drop', () => (lost += 1));
  destination.on('drain', () => {
    const lines = lost;
    lost = 0;
    if (lines > 0) logger.warn({ lines }, 'lines of this log are lost: they could not be written, and were too many to keep');
  });
  return logger;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger };
