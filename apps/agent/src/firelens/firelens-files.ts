import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filesIn } from './domain/firelens-spec.js';

/** `sun_path` of Linux, without its end. */
const LONGEST_SOCKET = 107;

/** What the log routers of this host's tasks need on its disk: a directory a task, under the agent's own. */
export class FirelensFiles {
  constructor(private readonly directory: string) {}

  directoryOf(taskArn: string): string {
    return join(this.directory, taskArn.slice(taskArn.lastIndexOf('/') + 1));
  }

  /** Or why it cannot be. May be asked again: the newest configuration counts. */
  async prepare(taskArn: string, config: string): Promise<string | undefined> {
    const directory = this.directoryOf(taskArn);
    const files = filesIn(directory);
    if (Buffer.byteLength(files.socket) > LONGEST_SOCKET)
      return `the path of the log router's socket is longer than ${LONGEST_SOCKET} bytes: ${files.socket}`;
    // Who is not root on this host looks into none of them: options may hold secrets.
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await mkdir(dirname(files.config), { recursive: true });
    await mkdir(files.socketDirectory, { recursive: true });
    // The router's user, whoever that is, reads the one and makes its socket in the other.
    await chmod(files.socketDirectory, 0o777);
    await writeFile(files.config, config, { mode: 0o644 });
    return undefined;
  }

  async remove(taskArn: string): Promise<void> {
    await rm(this.directoryOf(taskArn), { recursive: true, force: true });
  }
}
