import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_BATCH_BYTES } from '#lib/logs';
import { cutBatches } from './cut-batches.js';
import { EventJoiner, type Item } from './event-joiner.js';
import { type EngineRecord, LineAssembler, MAX_ENCODED_BYTES, MAX_MESSAGE_BYTES, type Piece } from './line-assembler.js';

const records = (written: readonly (readonly [stream: string, log: string])[]): EngineRecord[] => {
  let offset = 0;
  return written.map(([stream, log], index) => {
    const bytes = JSON.stringify({ log, stream, time: '2026-11-28T13:00:00.000000000Z' }).length + 1;
    offset += bytes;
    return { stream, log, bytes, timestampMs: index, end: { file: 'f', offset } };
  });
};
const assembled = (from: readonly EngineRecord[], next = 0): Piece[] => {
  const assembler = new LineAssembler(next);
  return [...from.flatMap((record) => assembler.push(record)), ...assembler.flush()];
};
const joined = (pieces: readonly Piece[], pattern?: RegExp): Item[] => {
  const joiner = new EventJoiner(pattern && ((line) => pattern.test(line)));
  return [...pieces.flatMap((piece) => joiner.push(piece)), ...joiner.flush()];
};
const texts = (pieces: readonly Piece[]) => pieces.map(({ text }) => text);
const messages = (items: readonly Item[]) => items.flatMap(({ event }) => (event ? [event.message] : []));

const anyRecords = fc
  .array(
    fc.tuple(
      fc.constantFrom('stdout', 'stderr'),
      fc.oneof(
        { weight: 4, arbitrary: fc.string({ maxLength: 20 }).map((text) => `${text.replaceAll('\n', '')}\n`) },
        { weight: 2, arbitrary: fc.constant('part ') },
        { weight: 1, arbitrary: fc.constantFrom('x'.repeat(16_384), '\u0001'.repeat(16_384), 'é'.repeat(8_192)) },
      ),
    ),
    { maxLength: 120 },
  )
  .map(records);

describe('lines', () => {
  it('of both streams are put together each by itself', () => {
    const written = [
      ['stdout', 'a'],
      ['stderr', 'X'],
      ['stdout', 'b\n'],
      ['stderr', 'Y\n'],
      ['stdout', 'end'],
    ] as const;
    expect(texts(assembled(records(written)))).toEqual(['ab', 'XY', 'end']);
  });

  it('longer than an event are cut, and nothing of them is lost', () => {
    const part = 'x'.repeat(16_384);
    const pieces = assembled(records([...Array.from({ length: 40 }, () => ['stdout', part] as const), ['stdout', 'end\n']]));
    expect(texts(pieces).join('')).toBe(`${part.repeat(40)}end`);
    expect(pieces.map(({ text }) => text.length)).toEqual([245_760, 245_760, 163_843]);
    // A stream without an end of a line leaves places to go on from, too.
    expect(pieces.every(({ end }) => end !== undefined)).toBe(true);
  });

  it('begun on one stream do not wait for ever while the other goes on', () => {
    const pieces = assembled(records([['stderr', '> '], ...Array.from({ length: 100 }, () => ['stdout', 'x\n'] as const)]));
    expect(texts(pieces).indexOf('> ')).toBe(65);
  });

  it('keep order and numbers, fit into events, and are made the same from every place that one of them names', () => {
    fc.assert(
      fc.property(anyRecords, (all) => {
        const pieces = assembled(all);
        expect(pieces.map(({ n }) => n)).toEqual(pieces.map((_, index) => index));
        for (const stream of ['stdout', 'stderr']) {
          const written = all.filter((record) => record.stream === stream).map(({ log }) => log.replace('\n', ''));
          expect(written.join('').length).toBeLessThanOrEqual(texts(pieces).join('').length);
        }
        expect(
          pieces.every(({ text, bytes }) => Buffer.byteLength(text) <= MAX_MESSAGE_BYTES && bytes <= MAX_ENCODED_BYTES),
        ).toBe(true);
        for (const { end, n } of pieces) {
          if (end) {
            const rest = all.filter((record) => record.end.offset > end.offset);
            expect(assembled(rest, n + 1)).toEqual(pieces.slice(n + 1));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('events', () => {
  it('are lines, and empty ones are none', () => {
    const items = joined(
      assembled(
        records([
          ['stdout', 'a\n'],
          ['stdout', '\n'],
          ['stdout', 'b\n'],
        ]),
      ),
    );
    expect(messages(items)).toEqual(['a', 'b']);
    expect(items.map(({ n }) => n)).toEqual([0, 1, 2]);
  });

  it('with a pattern begin with a line that has it, and have the time of that line and the number of their last', () => {
    const lines = ['tail of before', 'E 1', '  at a', '', 'E 2'];
    const items = joined(assembled(records(lines.map((line) => ['stdout', `${line}\n`] as const))), /^E/);
    expect(items.map(({ event }) => event)).toEqual([
      { n: 0, timestamp: 0, message: 'tail of before\n' },
      { n: 3, timestamp: 1, message: 'E 1\n  at a\n\n' },
      { n: 4, timestamp: 4, message: 'E 2\n' },
    ]);
  });

  it('with a pattern that never comes end when they are full', () => {
    const items = joined(
      assembled(records(Array.from({ length: 40 }, () => ['stdout', `${'x'.repeat(16_000)}\n`] as const))),
      /E/,
    );
    expect(items.length).toBe(3);
    expect(messages(items).every((message) => message.length <= MAX_MESSAGE_BYTES)).toBe(true);
  });
});

describe('batches', () => {
  it('have all lines once, in order and without a hole, and fit', () => {
    fc.assert(
      fc.property(anyRecords, fc.boolean(), (all, isMultiline) => {
        const items = joined(assembled(all), isMultiline ? /^a/ : undefined);
        const cuts = cutBatches(items, 0);
        expect(cuts.flatMap(({ events }) => events)).toEqual(items.flatMap(({ event }) => event ?? []));
        cuts.forEach(({ from, to, events }, index) => {
          expect(from).toBe(index === 0 ? 0 : cuts[index - 1]!.to + 1);
          expect(events.every(({ n }) => n >= from && n <= to)).toBe(true);
          expect(Buffer.byteLength(JSON.stringify(events))).toBeLessThanOrEqual(MAX_BATCH_BYTES - 4096);
        });
        expect(cuts.at(-1)?.to).toBe(items.at(-1)?.n);
      }),
      { numRuns: 60 },
    );
  });
});
