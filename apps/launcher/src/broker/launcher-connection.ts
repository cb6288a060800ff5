import type { NatsConnection } from '@nats-io/transport-node';
import { connectNats } from '#lib/messaging';
import { LAUNCHER_USER } from '#lib/names';
import { type Clock, Problem } from '#lib/platform';
import type { Layout } from '../host/layout.js';
import { messageOf } from '../terminal/fault.js';
import { credentialsPath } from './nats-users.js';

const RETRY_MS = 1_000;

export interface LauncherConnectionDeps {
  readonly layout: Layout;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Subscribes. On each connection: what was subscribed on the one before is gone with it. */
  readonly serve: (connection: NatsConnection) => void;
  /** Why nobody is served now. */
  readonly problem: (why: string) => void;
}

/**
 * Serves as the launcher's user until it is closed, and never fails: what it serves is no reason for a control plane not to start. A broker that
 * reads its configuration anew may refuse anybody, and the client closes for good when that happens twice: then it connects anew.
 */
export class LauncherConnection {
  private readonly problem: Problem;
  private connecting: Promise<NatsConnection> | undefined;
  /** Which opening it is of; undefined: closed. */
  private life: object | undefined;

  constructor(private readonly deps: LauncherConnectionDeps) {
    this.problem = new Problem(deps.problem);
  }

  /** Once it is open, nothing changes. */
  open(url: string): void {
    if (this.life) return;
    const life = (this.life = {});
    void this.serveUntilClosed(url, life);
  }

  async close(): Promise<void> {
    this.life = undefined;
    const connection = await this.connecting?.catch(() => undefined);
    await connection?.close();
  }

  private async serveUntilClosed(url: string, life: object): Promise<void> {
    const { layout, clock, serve } = this.deps;
    while (this.life === life) {
      try {
        this.connecting = connectNats({ url, user: LAUNCHER_USER, credsPath: credentialsPath(layout, LAUNCHER_USER) });
        const connection = await this.connecting;
        this.problem.is(undefined);
        serve(connection);
        await connection.closed();
      } catch (error) {
        this.problem.is(messageOf(error));
        await clock.sleep(RETRY_MS);
      }
    }
  }
}
