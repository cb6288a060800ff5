import fc from 'fast-check';
import { matrixOf } from './matrix.js';

const answer = (result: readonly object[]) => ({ status: 'success', data: { resultType: 'matrix', result } });
const series = fc.record({
  metric: fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
  values: fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 4_000_000_000_999 }).map((ms) => ms / 1_000),
      fc
        .oneof(
          fc.double({ noNaN: true }),
          fc.integer(),
          fc.integer().map((n) => n / 100),
        )
        .map(String),
    ),
    { minLength: 1 },
  ),
});

describe('the answer of a range query', () => {
  it('is read as JSON would be, number by number, however it is written', () => {
    fc.assert(
      fc.property(fc.array(series), fc.boolean(), (result, isWide) => {
        const read = matrixOf(JSON.stringify(answer(result), undefined, isWide ? 1 : 0));
        expect(read).toEqual(
          result.map(({ metric, values }) => ({ metric, points: values.flatMap(([at, value]) => [at, Number(value)]) })),
        );
      }),
    );
  });

  it('may be empty', () => {
    expect(matrixOf('{"status":"success","data":{"resultType":"matrix","result":[]}}')).toEqual([]);
  });
});
