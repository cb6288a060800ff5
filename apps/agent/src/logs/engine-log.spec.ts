import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bookmark, EngineLog } from './engine-log.js';

/** Rotates as the engine does (moby `loggerutils`, `rotate`). */
class Engine {
  private written = 0;

  constructor(
    readonly path: string,
    private readonly files: number,
  ) {
    writeFileSync(path, '');
  }

  write(count = 1): void {
    for (let i = 0; i < count; i++) appendFileSync(this.path, `${++this.written}\n`);
  }

  rotate(): void {
    rmSync(`${this.path}.${this.files - 1}`, { force: true });
    for (let i = this.files - 1; i > 1; i--) {
      if (existsSync(`${this.path}.${i - 1}`)) renameSync(`${this.path}.${i - 1}`, `${this.path}.${i}`);
    }
    renameSync(this.path, `${this.path}.1`);
    writeFileSync(this.path, '');
  }
}

describe("the engine's files", () => {
  let directory: string;
  let engine: Engine;
  const open: EngineLog[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'longshore-engine-log-'));
    engine = new Engine(join(directory, 'json.log'), 3);
  });
  afterEach(async () => {
    for (const log of open.splice(0)) log.close();
    await rm(directory, { recursive: true });
  });

  const opened = (bookmark?: Bookmark) => {
    const { log, isFound } = EngineLog.open(engine.path, bookmark)!;
    open.push(log);
    return { log, isFound };
  };
  const rest = (log: EngineLog): number[] => {
    const lines: string[] = [];
    for (let chunk = log.read(); chunk; chunk = log.read()) lines.push(...chunk.bytes.toString().split('\n').slice(0, -1));
    return lines.map(Number);
  };

  it('are read on through rotations, also of files that the engine has removed since', () => {
    engine.write(2);
    const { log } = opened();
    for (let i = 0; i < 5; i++) {
      engine.rotate();
      engine.write(2);
      expect(log.refresh()).toBe(false);
    }
    expect(rest(log)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('say when more were rotated away than were seen', () => {
    engine.write(2);
    const { log } = opened();
    for (let i = 0; i < 4; i++) {
      engine.rotate();
      engine.write(1);
    }
    expect(log.refresh()).toBe(true);
    expect(log.refresh()).toBe(false);
    expect(rest(log)).toEqual([1, 2, 4, 5, 6]);
  });

  it('give a line only when it is whole, and what was written into the old file before the new one was seen', () => {
    engine.write(1);
    appendFileSync(engine.path, 'par');
    const { log } = opened();
    expect(rest(log)).toEqual([1]);
    appendFileSync(engine.path, 't\n');
    engine.rotate();
    engine.write(1);
    log.refresh();
    expect(rest(log)).toEqual([NaN, 2]);
  });

  it('are found again by a bookmark, whatever their names are now', () => {
    engine.write(3);
    const { log } = opened();
    log.read();
    const bookmark = log.bookmark(log.place);
    engine.write(1);
    engine.rotate();
    engine.write(1);
    const again = opened(bookmark);
    expect(again.isFound).toBe(true);
    expect(rest(again.log)).toEqual([4, 5]);
  });

  it('are not mistaken for others that have their numbers: a bookmark whose text is not there is not found', () => {
    engine.write(3);
    const { log } = opened();
    log.read();
    const bookmark = log.bookmark(log.place);
    writeFileSync(engine.path, '7\n8\n9\n');
    const again = opened(bookmark);
    expect(again.isFound).toBe(false);
    expect(rest(again.log)).toEqual([7, 8, 9]);
  });

  it('can be passed over to what is newest, and what is passed over is counted', () => {
    engine.write(9);
    engine.rotate();
    engine.write(1);
    const { log } = opened();
    expect(log.skipTo(4)).toBe(9);
    expect(log.lagBytes(log.place)).toBe(3);
    expect(rest(log)).toEqual([10]);
  });
});
