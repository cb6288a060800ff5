import { expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { assignmentText, writeAssignment } from '#lib/ecs/model';
import { silentLogger, systemClock } from '#lib/platform';
import { NatsAssignmentSource } from './nats-assignment-source.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const assignment = (revision: number) => {
  const generation = { journalId: 'j', revision };
  return writeAssignment(assignmentText({ generation, containerInstanceArn: 'c', clusterName: 'default' }, new Map(), []));
};

/** A broker whose bucket has each change a few reads after it was told of. */
class LateBucket {
  private readonly answers: string[] = [];
  reads = 0;
  onRead: () => void = () => undefined;
  private tell: (error: null, message: { data: Uint8Array }) => void = () => undefined;

  readonly connection = {
    subscribe: (_subject: string, { callback }: { callback: LateBucket['tell'] }) => {
      this.tell = callback;
      return { unsubscribe: () => undefined };
    },
    status: () => ({ stop: () => undefined, [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
    isClosed: () => false,
    request: () => {
      this.reads++;
      this.onRead();
      const text = this.answers.length > 1 ? this.answers.shift()! : this.answers[0]!;
      return Promise.resolve({ data: bytes(text) });
    },
  } as unknown as NatsConnection;

  constructor(first: string) {
    this.answers.push(first);
  }

  put(text: string, readsBehind: number): void {
    const before = this.answers.at(-1)!;
    this.answers.splice(0, this.answers.length, ...Array.from({ length: readsBehind }, () => before), text);
    this.tell(null, { data: bytes(text) });
  }

  /** Somebody who may not write there says something. */
  lie(text: string): void {
    this.tell(null, { data: bytes(text) });
  }
}

const watching = (bucket: LateBucket) => {
  const seen: number[] = [];
  const wake: (() => void)[] = [];
  const wakeAll = () => {
    for (const each of wake.splice(0)) each();
  };
  bucket.onRead = wakeAll;
  const source = new NatsAssignmentSource(bucket.connection, 'i', systemClock, silentLogger);
  const end = source.watch((found) => {
    seen.push(found.generation.revision);
    wakeAll();
  });
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((resolve) => wake.push(resolve));
  };
  return { seen, until, end };
};

it('a change that is told of before it can be read is read as soon as it can', async () => {
  const bucket = new LateBucket(assignment(1));
  const { seen, until, end } = watching(bucket);
  await until(() => seen.length > 0);
  bucket.put(assignment(2), 3);
  await until(() => seen.at(-1) === 2);
  end();
});

it('what is told and never there is looked for a few times, and not believed', async () => {
  const bucket = new LateBucket(assignment(1));
  const { seen, until, end } = watching(bucket);
  await until(() => seen.length > 0);
  bucket.lie(assignment(9));
  await until(() => bucket.reads >= 9);
  end();
  // What is there, however often it is looked for, is taken once.
  expect(seen).toEqual([1]);
});
