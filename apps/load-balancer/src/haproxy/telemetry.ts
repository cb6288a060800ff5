import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { REQUEST_MARK, TELEMETRY } from '../proxy/render.js';

/** What HAProxy tells without being asked. */
export interface TelemetryListener {
  /** A server's health, or a check that is on the way to change it: it is worth a look. */
  onServer(backend: string): void;
  onRequest(backend: string, responseMs: number): void;
  /** Anything else, which is each request's log line where access logs are on. */
  onLine(line: string): void;
}

const ABOUT_A_SERVER = /^(?:Server|Health check for server|Backup Server) ([^/\s]+)\/\S+ /;

/** Follows the ring that HAProxy logs to. It ends with the process. */
export class Telemetry {
  private constructor(private readonly socket: Socket) {}

  static async follow(socketPath: string, listener: TelemetryListener): Promise<Telemetry> {
    const socket = connect(socketPath);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    // What follows an error is the end of the lines, and that is all that it means here: the process's own connection tells the rest.
    socket.on('error', () => socket.destroy());
    socket.write(`show events ${TELEMETRY} -w -n\n`);
    createInterface({ input: socket }).on('line', (line) => tell(line, listener));
    return new Telemetry(socket);
  }

  close(): void {
    this.socket.destroy();
  }
}

export function tell(line: string, listener: TelemetryListener): void {
  const text = line.replace(/^<\d+>/, '');
  if (text.startsWith(`${REQUEST_MARK} `)) {
    const [, backend, ms] = text.split(' ');
    // -1: no answer came.
    if (Number(ms) >= 0) listener.onRequest(backend!, Number(ms));
    return;
  }
  const about = ABOUT_A_SERVER.exec(text);
  if (about) listener.onServer(about[1]!);
  else if (text !== '') listener.onLine(text);
}
