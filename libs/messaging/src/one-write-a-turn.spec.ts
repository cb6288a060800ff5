import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setImmediate as turnEnds } from 'node:timers/promises';
import type { NatsConnectionImpl } from '@nats-io/nats-core/internal';
import { connectNats } from './nats-connection.js';

const INFO = `INFO ${JSON.stringify({ server_id: 'S', version: '2.12.0', proto: 1, headers: true, max_payload: 1_048_576 })}\r\n`;

/** As much of a broker as lets a client connect. */
class Broker {
  heard = '';
  readonly ended: Promise<void>;
  private readonly server: Server;

  constructor() {
    let end: () => void = () => undefined;
    this.ended = new Promise((resolve) => (end = resolve));
    this.server = createServer((socket) => {
      socket.write(INFO);
      socket.on('data', (bytes) => {
        this.heard += bytes.toString();
        if (bytes.toString().includes('PING\r\n')) socket.write('PONG\r\n');
      });
      socket.on('close', end);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }
}

describe('what a client of NATS says', () => {
  const broker = new Broker();
  afterEach(() => broker.stop());

  it('in one turn of the event loop goes out in one write, and before its goodbye', async () => {
    const connection = await connectNats({ url: await broker.start(), user: 'tester' });
    await connection.flush();
    const { transport } = (connection as NatsConnectionImpl).protocol;
    const send = jest.spyOn(transport, 'send');
    for (let step = 1; step <= 5; step++) {
      connection.publish(`step.${step}`);
      await Promise.resolve().then(() => undefined);
    }
    expect(send).not.toHaveBeenCalled();
    await turnEnds();
    expect(send).toHaveBeenCalledTimes(1);
    connection.publish('goodbye');
    await connection.close();
    await broker.ended;
    expect(broker.heard.match(/PUB [a-z.0-9]+/g)).toEqual(
      [1, 2, 3, 4, 5].map((step) => `PUB step.${step}`).concat('PUB goodbye'),
    );
  });
});
