import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeSocket } from './runtime-socket.js';

describe('the runtime socket', () => {
  let directory: string;
  let server: Server;
  let socket: RuntimeSocket;

  /** As HAProxy, which answers a payload that came in parts with a prompt before each line. */
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'runtime-socket-'));
    server = createServer((connection) => {
      connection.on('data', (data) => {
        const [command] = data.toString().split('\n');
        if (command === 'add map <<') connection.write('+ + \n> ');
        else if (command === 'add other <<') connection.write('+ + + Unknown map.\n\n> ');
        else connection.write('\n> ');
      });
    });
    server.listen(join(directory, 'socket'));
    await once(server, 'listening');
    socket = await RuntimeSocket.connect(join(directory, 'socket'));
  });
  afterEach(async () => {
    socket.close();
    server.close();
    await rm(directory, { recursive: true });
  });

  it('takes no prompt for an answer', async () => {
    expect(await socket.ask('add map', 'a b\n')).toBe('');
    expect((await socket.ask('add other', 'a b\nc d\n')).trim()).toBe('Unknown map.');
  });
});
