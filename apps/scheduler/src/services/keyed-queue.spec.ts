import { describe, expect, it } from '@jest/globals';
import { KeyedQueue } from './keyed-queue.js';

/** Passes that end when the test says so. */
class Passes {
  readonly begun: string[] = [];
  readonly failed: string[] = [];
  private readonly ends = new Map<string, (error?: Error) => void>();
  readonly queue: KeyedQueue;

  constructor(atOnce: number) {
    const pass = (key: string) => {
      this.begun.push(key);
      return new Promise<void>((resolve, reject) => this.ends.set(key, (error) => (error ? reject(error) : resolve())));
    };
    this.queue = new KeyedQueue(pass, (key) => void this.failed.push(key), atOnce);
  }

  async add(...keys: string[]): Promise<void> {
    for (const key of keys) this.queue.add(key);
    await this.settle();
  }

  async end(key: string, error?: Error): Promise<void> {
    this.ends.get(key)!(error);
    await this.settle();
  }

  private async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

describe('KeyedQueue', () => {
  it('makes one more pass of any number of adds during a pass', async () => {
    const passes = new Passes(2);
    await passes.add('a');
    await passes.add('a', 'a', 'a');
    expect(passes.begun).toEqual(['a']);
    await passes.end('a');
    await passes.end('a');
    expect(passes.begun).toEqual(['a', 'a']);
  });

  it('runs no more passes at once than it may, and the others in their order', async () => {
    const passes = new Passes(2);
    await passes.add('a', 'b', 'c', 'd');
    expect(passes.begun).toEqual(['a', 'b']);
    await passes.end('b');
    expect(passes.begun).toEqual(['a', 'b', 'c']);
    await passes.end('a');
    expect(passes.begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('reports a pass that fails and goes on with the others', async () => {
    const passes = new Passes(1);
    await passes.add('a', 'b');
    await passes.end('a', new Error('no'));
    expect([passes.failed, passes.begun]).toEqual([['a'], ['a', 'b']]);
  });

  it('begins no pass in the tick of the add, and none of what was cleared', async () => {
    const passes = new Passes(1);
    passes.queue.add('a');
    expect(passes.begun).toEqual([]);
    await passes.add('b');
    passes.queue.clear();
    await passes.end('a');
    expect(passes.begun).toEqual(['a']);
  });
});
