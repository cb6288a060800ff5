import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SseParser } from './sse-parser.js';

const parse = (...pieces: string[]) => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('Server-Sent Events', () => {
  it('are ended by a blank line; comments and other fields are nothing', () => {
    const text =
      'retry: 1000\n\n: hello\n\nid: a:1.0\nevent: E\ndata: {"x":"y: z"}\n\nid: a:2\n\n: keep-alive\n\nid: a:3\ndata: half';
    expect(parse(text)).toEqual([{ id: 'a:1.0', data: '{"x":"y: z"}' }, { id: 'a:2' }]);
  });

  it('may have several lines of data, no blank after the colon, no value, and CRLF', () => {
    expect(parse('data:one\r\ndata: two\r\ndata\r\nid\r\n\r\n')).toEqual([{ id: '', data: 'one\ntwo\n' }]);
  });

  it('are the same however the text is cut', () => {
    const text = 'id: 1\ndata: one\n\n: comment\n\nid: 2\r\ndata: two\r\n\r\n';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
        expect(parse(...pieces)).toEqual([
          { id: '1', data: 'one' },
          { id: '2', data: 'two' },
        ]);
      }),
    );
  });
});
