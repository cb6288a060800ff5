import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineLog } from './engine-log.js';

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
    for (const log of open.splice(0)) await log.close();
    await rm(directory, { recursive: true });
  });

  const opened = async (
    ...bookmark: Parameters<EngineLog['bookmark']> extends never ? never : [Awaited<ReturnType<EngineLog['bookmark']>>?]
  ) => {
    const { log, isFound } = (await EngineLog.open(engine.path, bookmark[0]))!;
    open.push(log);
    return { log, isFound };
  };
  const rest = async (log: EngineLog): Promise<number[]> => {
    const lines: string[] = [];
    for (let chunk = await log.read(); chunk; chunk = await log.read())
      lines.push(...chunk.bytes.toString().split('\n').slice(0, -1));
    return lines.map(Number);
  };

  it('are read on through rotations, also of files that the engine has removed since', async () => {
    engine.write(2);
    const { log } = await opened();
    for (let i = 0; i < 5; i++) {
      engine.rotate();
      engine.write(2);
      expect(await log.refresh()).toBe(false);
    }
    expect(await rest(log)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('say when more were rotated away than were seen', async () => {
    engine.write(2);
    const { log } = await opened();
    for (let i = 0; i < 4; i++) {
      engine.rotate();
      engine.write(1);
    }
    expect(await log.refresh()).toBe(true);
    expect(await log.refresh()).toBe(false);
    expect(await rest(log)).toEqual([1, 2, 4, 5, 6]);
  });

  it('give a line only when it is whole, and what was written into the old file before the new one was seen', async () => {
    engine.write(1);
    appendFileSync(engine.path, 'par');
    const { log } = await opened();
    expect(await rest(log)).toEqual([1]);
    appendFileSync(engine.path, 't\n');
    engine.rotate();
    engine.write(1);
    await log.refresh();
    expect(await rest(log)).toEqual([NaN, 2]);
  });

  it('are found again by a bookmark, whatever their names are now', async () => {
    engine.write(3);
    const { log } = await opened();
    await log.read();
    const bookmark = await log.bookmark(log.place);
    engine.write(1);
    engine.rotate();
    engine.write(1);
    const again = await opened(bookmark);
    expect(again.isFound).toBe(true);
    expect(await rest(again.log)).toEqual([4, 5]);
  });

  it('are not mistaken for others that have their numbers: a bookmark whose text is not there is not found', async () => {
    engine.write(3);
    const { log } = await opened();
    await log.read();
    const bookmark = await log.bookmark(log.place);
    writeFileSync(engine.path, '7\n8\n9\n');
    const again = await opened(bookmark);
    expect(again.isFound).toBe(false);
    expect(await rest(again.log)).toEqual([7, 8, 9]);
  });

  it('can be passed over to what is newest, and what is passed over is counted', async () => {
    engine.write(9);
    engine.rotate();
    engine.write(1);
    const { log } = await opened();
    expect(await log.skipTo(4)).toBe(9);
    expect(await log.lagBytes(log.place)).toBe(3);
    expect(await rest(log)).toEqual([10]);
  });
});
