import fc from 'fast-check';
import { pairsOf, runsOf } from '../../domain/filter-pattern/tokens.js';
import { hasWords } from '../../domain/filter-pattern/words.js';
import { BlockTokens } from './block-tokens.js';
import { linesWith } from './word-counts.js';

const runOf = (messages: readonly string[]) => {
  const parts = messages.map((message) => Buffer.from(message));
  return { lengths: parts.map(({ length }) => length), text: Buffer.concat(parts) };
};
/** What is asked of the index, from the same texts. Characters beyond ASCII divide, as their bytes do. */
const expected = (messages: readonly string[]): Set<string> =>
  new Set(
    messages.flatMap((message) => {
      const runs = runsOf(Buffer.from(message).toString('latin1'));
      return [...runs, ...pairsOf(runs)];
    }),
  );
const found = (tokens: BlockTokens, ...runs: (readonly string[])[]): string[] =>
  tokens.of(runs.map(runOf)).toString('latin1').split(' ').filter(Boolean);

describe('the tokens of a block', () => {
  const tokens = new BlockTokens();
  const word = fc.oneof(
    fc.constantFrom('error', 'ERROR', 'Reset', '500', '4711', 'a1b2', '10', 'x'.repeat(70), 'ü', 'é9', '_', '\n', '{"a":'),
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const message = fc
    .array(fc.tuple(word, fc.constantFrom(' ', '', '.', '-')), { maxLength: 30 })
    .map((parts) => parts.flat().join(''));

  it('are the words and pairs that a query asks for, each once, block after block', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), fc.array(message, { maxLength: 5 }), (first, second) => {
        const all = found(tokens, first, second);
        expect(new Set(all)).toEqual(expected([...first, ...second]));
        expect(all).toHaveLength(new Set(all).size);
      }),
    );
  });

  it('are all there, however many they are', () => {
    const messages = Array.from({ length: 3_000 }, (_, n) =>
      Array.from({ length: 12 }, (_unused, i) => `w${(n * 12 + i).toString(36).replaceAll(/\d/g, 'z')}`).join(' '),
    );
    expect(new Set(found(tokens, messages))).toEqual(expected(messages));
    expect(found(tokens, ['short'])).toEqual(['short']);
  });

  it('of an id are no pairs', () =>
    expect(found(tokens, ['trace 4bf92f35 of 10 GET'])).toEqual(['trace', '4bf92f35', 'of', '10', 'of~10', 'get', '10~get']));
});

describe('how many lines of a block have a word, or two with a blank between', () => {
  const tokens = new BlockTokens();
  const countsOf = (messages: readonly string[]) => {
    tokens.of([runOf(messages)]);
    return tokens.counts();
  };
  const lines = (messages: readonly string[], text: string) => linesWith(countsOf(messages), { text, inAnyCase: false });
  const inAnyCase = (messages: readonly string[], text: string) => linesWith(countsOf(messages), { text, inAnyCase: true });

  it('is what whoever reads them all finds, wherever it is said', () => {
    const word = fc.constantFrom(
      'error',
      'ERROR',
      'Error',
      'reset',
      'a',
      '500',
      '4711',
      'é',
      'xé',
      '\u212a',
      '_',
      'y'.repeat(40),
    );
    const between = fc.constantFrom(' ', ' ', '  ', '', '.', '\n', 'ü');
    const line = fc.array(fc.tuple(word, between), { maxLength: 6 }).map((parts) => parts.flat().join(''));
    const asked = fc.constantFrom(
      'error',
      'ERROR',
      'a',
      '500',
      'error reset',
      'ERROR reset',
      'a a',
      'reset error',
      'a.a',
      '_',
      'kill',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), asked, (messages, text) => {
        const lower = text.toLowerCase();
        expect([undefined, messages.filter((message) => hasWords(message, text)).length]).toContain(lines(messages, text));
        expect([undefined, messages.filter((message) => hasWords(message.toLowerCase(), lower)).length]).toContain(
          inAnyCase(messages, lower),
        );
      }),
      { numRuns: 500 },
    );
  });

  const common = Array.from({ length: 20 }, (_, n) => `ERROR ${n % 2 ? 'connection reset' : 'connection: reset'} by peer, error`);

  it('is said of what is common, with its capitals', () => {
    expect(lines(common, 'peer')).toBe(20);
    expect(lines(common, 'Peer')).toBe(0);
    expect(lines(common, 'connection reset')).toBe(10);
    expect(inAnyCase(common, 'connection reset')).toBe(10);
    expect(inAnyCase(common, 'error')).toBe(20);
  });

  it('is not said of what stands in both cases, of rare words, of longer phrases and where a letter beyond ASCII is beside it', () => {
    expect(lines(common, 'ERROR')).toBeUndefined();
    expect(lines(['once'], 'once')).toBeUndefined();
    expect(lines(common, 'connection reset by')).toBeUndefined();
    expect(lines([...common, 'überpeer épeer'], 'peer')).toBeUndefined();
    expect(inAnyCase([...common, '\u212a'], 'peer')).toBeUndefined();
  });
});
