import { Distinct } from './distinct.js';

describe('distinct texts', () => {
  it('are as many as a set has, of texts that differ in little', () => {
    let cells = 0;
    const distinct = new Distinct({ take: (taken) => void (cells += taken) });
    const texts = Array.from({ length: 200_000 }, (_, n) => `{"level":"info","n":${n % 150_000},"ü":"${(n * 7) % 13}"}`);
    const news = texts.filter((text) => distinct.add(text));
    expect(distinct.size).toBe(new Set(texts).size);
    expect(news).toEqual([...new Set(texts)]);
    expect(cells).toBe(distinct.size / 2);
  });

  it('may be empty', () => {
    const distinct = new Distinct({ take: () => undefined });
    expect([distinct.add(''), distinct.add(''), distinct.add(' '), distinct.size]).toEqual([true, false, true, 2]);
  });
});
