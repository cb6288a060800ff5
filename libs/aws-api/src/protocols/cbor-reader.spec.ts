import { describe, expect, it } from '@jest/globals';
import { cbor, tag } from '@smithy/core/cbor';
import fc from 'fast-check';
import { MalformedCbor, readCbor } from './cbor-reader.js';

const read = (hex: string) => readCbor(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('a CBOR value', () => {
  it('is read as the SDK wrote it', () => {
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }).map((one) => (Object.is(one, -0) ? 0 : one)),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value'), { maxLength: 30 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 30, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(fc.property(value, (given) => expect(readCbor(cbor.serialize(given))).toEqual(given)));
  });

  // RFC 8949, appendix A.
  it.each([
    ['f9 7e00', NaN],
    ['f9 fc00', -Infinity],
    ['f9 0001', 5.960464477539063e-8],
    ['f9 c400', -4],
    ['fa 47c35000', 100_000],
    ['fb c010666666666666', -4.1],
    ['1b 000000e8d4a51000', 1_000_000_000_000],
    ['f7', null],
    ['9f 01 82 02 03 9f 04 05 ff ff', [1, [2, 3], [4, 5]]],
    ['bf 61 61 01 61 62 9f 02 03 ff ff', { a: 1, b: [2, 3] }],
    ['7f 65 7374726561 64 6d696e67 ff', 'streaming'],
    ['5f 42 0102 43 030405 ff', Buffer.from([1, 2, 3, 4, 5])],
    ['c1 fb 41d452d9ec200000', 1_363_896_240.5],
  ])('%s is %p', (hex, value) => expect(read(hex)).toEqual(value));

  it('keeps a key that objects inherit', () => {
    expect(Object.keys(readCbor(cbor.serialize(JSON.parse('{"__proto__":1}'))) as object)).toEqual(['__proto__']);
  });
});

describe('what is no CBOR that a client writes', () => {
  it.each([
    ['nothing', ''],
    ['an early end', '19 01'],
    ['a list that claims gigabytes', '9a ffffffff'],
    ['a map that claims more than can be counted', 'bb ffffffffffffffff'],
    ['text that claims gigabytes', '7b 7fffffffffffffff 61'],
    ['a thousand levels', `${'81'.repeat(1000)}01`],
    ['a thousand tags', `${'c6'.repeat(1000)}01`],
    ['a thousand open lists', '9f'.repeat(1000)],
    ['an open list', '9f 01'],
    ['a break alone', 'ff'],
    ['a key that is a number', 'a1 01 02'],
    ['text that is not UTF-8', '61 ff'],
    ['a chunk of another kind', '7f 41 61 ff'],
    ['a big number', 'c2 42 0102'],
    ['a decimal fraction of any exponent', 'c4 82 1a 0fffffff 01'],
    ['an instant that is text', 'c1 61 31'],
    ['two values', '01 02'],
    ['a reserved head', '1c'],
    ['a simple value', 'f0'],
  ])('%s', (_what, hex) => expect(() => read(hex)).toThrow(MalformedCbor));

  it('is never another error, whatever the bytes', () => {
    const attempt = (bytes: Uint8Array) => {
      try {
        readCbor(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedCbor);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt));
    const cut = fc.tuple(fc.json(), fc.nat(), fc.nat(255)).map(([json, at, byte]) => {
      const bytes = cbor.serialize({ a: JSON.parse(json) as unknown, at: tag({ tag: 1, value: 1.5 }) });
      return bytes.map((each, index) => (index === at % bytes.length ? byte : each));
    });
    fc.assert(fc.property(cut, attempt));
  });
});
