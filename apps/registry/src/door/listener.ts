import { createServer, type Server } from 'node:http';
import type { Clock, Logger } from '#lib/platform';
import type { Door } from './door.js';

const RETRY_MS = 1_000;
/** A layer takes as long as it takes; a client that says nothing is gone. */
const IDLE_MS = 120_000;

/** The port that image clients know. While somebody else has it the app does without, says so, and looks again. */
export class Listener {
  private server: Server | undefined;
  private stopping = new AbortController();
  private problem: string | undefined = 'not listening yet';

  constructor(
    private readonly door: Pick<Door, 'handle'>,
    private readonly at: { readonly host: string; readonly port: number },
    private readonly deps: { readonly clock: Clock; readonly logger: Logger },
  ) {}

  /** For `status`; undefined while clients are answered. */
  get whyNot(): string | undefined {
    return this.problem;
  }

  async start(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const problem = await this.listen();
      if (problem === undefined) return;
      if (problem !== this.problem) this.deps.logger.error({ ...this.at, problem }, 'image clients cannot be answered');
      this.problem = problem;
      await this.deps.clock.sleep(RETRY_MS, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const { server } = this;
    if (!server) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  private listen(): Promise<string | undefined> {
    const server = createServer({ requestTimeout: 0 }, (request, response) => this.door.handle(request, response));
    server.setTimeout(IDLE_MS);
    return new Promise((resolve) => {
      server.once('error', (error) => resolve(error.message));
      server.listen(this.at.port, this.at.host, () => {
        this.server = server;
        this.problem = undefined;
        this.deps.logger.info(this.at, 'image clients are answered');
        resolve(undefined);
      });
    });
  }
}
