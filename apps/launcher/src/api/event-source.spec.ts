import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { followEvents, type EventSourceOptions } from './event-source.js';
import { UserFault } from '../terminal/fault.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A gateway that answers each connection as the next of `answers` says. */
let answers: Answer[];
let requests: IncomingMessage[];
let server: ReturnType<typeof createServer>;
let endpoint: string;
beforeEach(async () => {
  answers = [];
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    answers.shift()!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const follow = (more: Partial<EventSourceOptions> = {}) =>
  followEvents({
    endpoint,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', accountId: '000000000000' },
    region: 'us-east-1',
    query: [],
    ...more,
  });
const first = async (count: number, stream: AsyncGenerator<string>) => {
  const data: string[] = [];
  for await (const each of stream) if (data.push(each) === count) break;
  return data;
};
const frame = (n: number) => `id: ecs:${n}.0\nevent: E\ndata: ${n}\n\n`;
const writes =
  (text: string, then: 'stays' | 'ends' | 'breaks'): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => {
      if (then === 'ends') response.end();
      if (then === 'breaks') response.destroy();
    });
  };
const refuses =
  (status: number, code: string): Answer =>
  (_request, response) =>
    response.writeHead(status).end(JSON.stringify({ __type: code, message: 'Because.' }));

it('goes on behind the last event, whether the stream ends, breaks in an event, or is away for a while', async () => {
  answers = [
    writes(frame(1), 'ends'),
    writes(`${frame(2)}id: ecs:3.0\nda`, 'breaks'),
    refuses(503, 'ServiceUnavailableException'),
    writes(`${frame(3)}id: ecs:9\n\n`, 'ends'),
    writes(frame(10), 'stays'),
  ];
  const said: string[] = [];
  const stream = follow({ after: 'ecs:0', onAway: (why) => said.push(`away: ${why}`), onBack: () => said.push('back') });
  expect(await first(4, stream)).toEqual(['1', '2', '3', '10']);
  expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual(['ecs:0', 'ecs:1.0', 'ecs:2.0', 'ecs:2.0', 'ecs:9']);
  expect(said).toEqual([expect.stringMatching(/^away: /), 'back']);
});

it('asks with its filters, signed for each connection', async () => {
  answers = [writes(frame(1), 'stays')];
  await first(
    1,
    follow({
      query: [
        ['detail-type', 'ECS Task State Change'],
        ['cluster', 'a'],
        ['cluster', 'b'],
      ],
    }),
  );
  expect(requests[0]!.url).toBe('/events?detail-type=ECS+Task+State+Change&cluster=a&cluster=b');
  expect(requests[0]!.headers.authorization).toMatch(/\/us-east-1\/longshore\/aws4_request/);
  expect(requests[0]!.headers['last-event-id']).toBeUndefined();
});

it('ends with what it was refused for', async () => {
  answers = [refuses(400, 'InvalidParameterException')];
  await expect(first(1, follow())).rejects.toThrow(new UserFault('InvalidParameterException: Because.'));
});

it('ends when its reader wants', async () => {
  const reader = new AbortController();
  answers = [writes(frame(1), 'stays')];
  const stream = follow({ signal: reader.signal });
  expect(await stream.next()).toEqual({ value: '1', done: false });
  const next = stream.next();
  reader.abort();
  expect(await next).toEqual({ value: undefined, done: true });
});
