import { request } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '#lib/platform';
import type { OutputBrake } from '../logs/output-brake.js';

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Attached, and not reading: the engine gives what a container writes to its log and to everybody who is attached, one after another, and waits
 * for each (a megabyte later: moby `pkg/broadcaster`, `bytespipe`). So the container's writes wait, as in Docker's blocking mode, and its
 * health checks and everything else go on; and when this process dies, the engine lets the container go.
 */
export class DockerOutputBrake implements OutputBrake {
  constructor(
    private readonly socketPath: string,
    private readonly logger: Logger,
  ) {}

  async hold(runtimeId: string, onLost: () => void): Promise<(() => void) | undefined> {
    try {
      const socket = await this.attach(runtimeId);
      socket.once('close', onLost);
      socket.on('error', (error) => this.logger.debug({ runtimeId, err: error }, 'an attached connection broke'));
      return () => {
        socket.off('close', onLost);
        socket.destroy();
      };
    } catch (error) {
      this.logger.warn({ runtimeId, err: error }, 'the output of a container could not be held up');
      return undefined;
    }
  }

  private attach(runtimeId: string): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const attaching = request({
        socketPath: this.socketPath,
        method: 'POST',
        path: `/containers/${runtimeId}/attach?stream=1&stdout=1&stderr=1`,
        headers: { Connection: 'Upgrade', Upgrade: 'tcp' },
        timeout: ANSWER_TIMEOUT_MS,
      });
      // Nobody listens for its data, so it is never read.
      attaching.on('upgrade', (_answer, socket: Socket) => resolve(socket.setTimeout(0).pause()));
      attaching.on('response', (answer) => {
        answer.resume();
        reject(new Error(`The engine answered ${answer.statusCode}.`));
      });
      attaching.on('timeout', () => attaching.destroy(new Error('The engine did not answer.')));
      attaching.on('error', reject);
      attaching.end();
    });
  }
}
