import { refusable } from '#lib/kernel';
import { planQuery } from './plan.js';
import { Row } from './row.js';

const NOON = Date.UTC(2026, 10, 28, 12);
const row = (message: string | object, seconds = 0) =>
  Row.ofEvent({
    timestamp: NOON - seconds * 1_000,
    ingestedAt: NOON,
    message: typeof message === 'string' ? message : JSON.stringify(message),
    logStream: 's',
    log: '000000000000:g',
    pointer: `p${seconds}`,
  });

/** The newest first, a second apart. */
function resultsOf(query: string, messages: readonly (string | object)[], limit?: number) {
  const running = planQuery(query, limit).start({ take: () => undefined });
  for (const [index, message] of messages.entries()) running.push(row(message, index));
  return running.results().map((fields) => Object.fromEntries(fields.map(({ field, value }) => [field, value])));
}

const REQUESTS = [
  { level: 'info', ms: 10, path: '/a', user: { id: 'u1', roles: ['x', 'y'] } },
  { level: 'error', ms: 200, path: '/b', ok: false },
  { level: 'info', ms: 30, path: '/a' },
  { level: 'info', ms: 40, path: '/c' },
  'plain text with user=ann and code 500',
];

describe('a query', () => {
  it('without commands shows time and message, the newest first', () => {
    expect(resultsOf('', ['a', 'b'])).toEqual([
      { '@timestamp': '2026-11-28 12:00:00.000', '@message': 'a', '@ptr': 'p0' },
      { '@timestamp': '2026-11-28 11:59:59.000', '@message': 'b', '@ptr': 'p1' },
    ]);
  });

  it.each<[query: string, values: readonly (string | undefined)[]]>([
    ['fields path as v | filter level = "info"', ['/a', '/a', '/c']],
    ["fields path as v | filter level = 'error' or ms > 35 | sort ms asc", ['/c', '/b']],
    ['fields path as v | filter level != "info"', ['/b', undefined]],
    ['fields path as v | filter not (level = "info")', ['/b', undefined]],
    ['fields path as v | filter ms >= 40 and ms <= 200', ['/b', '/c']],
    ['fields path as v | filter path in ["/b", "/c"]', ['/b', '/c']],
    ['fields path as v | filter path not in ["/a"] and ispresent(path)', ['/b', '/c']],
    ['fields user.id as v | filter ispresent(user.id)', ['u1']],
    ['fields user.roles as v | limit 1', ['["x","y"]']],
    ['fields `user.id` as v | limit 1', ['u1']],
    ['fields ok as v | filter level = "error"', ['0']],
    ['filter @message like /(?i)USER=/ | fields strlen(@message) as v', ['37']],
    ['filter @message =~ /code \\d+/ | fields "x" as v', ['x']],
    ['filter @message like "user=" | fields @logStream as v', ['s']],
    ['filter @message not like "level" | fields @log as v', ['000000000000:g']],
    ['parse @message "user=* and code *" as u, c | filter ispresent(u) | display concat(u, "-", c) as v', ['ann-500']],
    ['parse @message /code (?<code>\\d+)/ | filter code > 499 | display code as v', ['500']],
    ['parse @message /user=(\\w+)/ as v | filter ispresent(v) | display v', ['ann']],
    ['parse "user=* " as v | filter ispresent(v) | display v', ['ann']],
    ['fields ms * 2 + 1 as v | filter ms = 10', ['21']],
    ['fields 2 ^ 3 ^ 2 % 100 as v | limit 1', ['12']],
    ['fields -ms as v | filter ms = 10', ['-10']],
    ['fields (ms - 5) / 2 as v | filter ms = 10', ['2.5']],
    ['fields ms / 0 as v | filter ms = 10', [undefined]],
    ['fields toupper(substr(path, 1)) as v | filter ms = 10', ['A']],
    ['fields if(ms > 100, "slow", "fast") as v | filter ispresent(ms)', ['fast', 'slow', 'fast', 'fast']],
    ['fields coalesce(nothing, path, "none") as v | sort v desc | limit 2', ['none', '/c']],
    ['fields replace(trim("  a b "), "a", "$&") as v | limit 1', ['$& b']],
    ['fields datefloor(@timestamp, 1h) as v | limit 1', ['2026-11-28 12:00:00.000']],
    ['fields fromMillis(0) as v | limit 1', ['1970-01-01 00:00:00.000']],
    ['fields path as v | filter ispresent(v) | dedup v', ['/a', '/b', '/c']],
    ['fields path as v | sort @timestamp asc | limit 2', [undefined, '/c']],
    ['fields path as v | sort @timestamp desc | limit 2', ['/a', '/b']],
    ['fields path as v | tail 2', ['/c', undefined]],
    ['fields path as v # a comment\n| limit 1 # another', ['/a']],
    ['FIELDS path AS v | LIMIT 1', ['/a']],
    ['stats count(*) as v', ['5']],
    ['stats count() as v', ['5']],
    ['stats count(ms) as v', ['4']],
    ['stats sum(ms) as v', ['280']],
    ['stats avg(ms) as v', ['70']],
    ['stats min(ms) as v', ['10']],
    ['stats max(ms) as v', ['200']],
    ['stats pct(ms, 50) as v', ['30']],
    ['stats pct(ms, 99) as v', ['200']],
    ['stats median(ms) as v', ['30']],
    ['stats stddev(ms) as v', ['87.5595']],
    ['stats count_distinct(path) as v', ['3']],
    ['stats earliest(path) as v', ['/c']],
    ['stats latest(path) as v', ['/a']],
    ['stats sortsFirst(path) as v', ['/a']],
    ['stats sortsLast(path) as v', ['/c']],
    ['stats sum(ms) / count(ms) as v', ['70']],
    ['stats sum(nothing) as v', [undefined]],
    ['stats count(*) as v by level | sort v desc', ['3', '1', '1']],
    ['stats count(*) as n by level | filter n > 1 | display level as v', ['info']],
    ['stats max(ms) as m by path | stats sum(m) as v', ['270']],
  ])('%s', (query, values) => {
    expect(resultsOf(query, REQUESTS).map(({ v }) => v)).toEqual(values);
  });

  it('names columns of statistics as they are written, and times by their bin', () => {
    expect(resultsOf('stats count(*), pct(ms,  95) by bin(2s), level | sort count(*) desc | limit 1', REQUESTS)).toEqual(
      [{ 'bin(2s)': '2026-11-28 11:59:58.000', level: 'error', 'count(*)': '1', 'pct(ms, 95)': '200' }].map((one) => ({
        ...one,
        'bin(2s)': expect.any(String),
        level: expect.any(String),
        'pct(ms, 95)': expect.any(String),
      })),
    );
  });

  it('keeps no more rows than it shows, and says when more events would only be counted', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => ({ n }));
    expect(resultsOf('fields n | sort n desc | limit 3', many).map(({ n }) => n)).toEqual(['4999', '4998', '4997']);
    const running = planQuery('fields n | filter n > 1 | limit 2').start({ take: () => undefined });
    many.slice(0, 4).forEach((one, index) => running.push(row(one, index)));
    expect([running.onlyCounts, running.results().length]).toEqual([false, 2]);
    const last = planQuery('fields n | limit 2').start({ take: () => undefined });
    const counts = many.slice(0, 3).map((one, index) => (last.push(row(one, index)), last.onlyCounts));
    expect(counts).toEqual([false, true, true]);
    expect(resultsOf('fields n', many, 7)).toHaveLength(7);
  });

  it('asks for room for whatever has no bound', () => {
    const cells = (query: string) => {
      let taken = 0;
      const running = planQuery(query).start({ take: (count) => (taken += count) });
      Array.from({ length: 100 }, (_, n) => running.push(row({ n }, n)));
      return taken;
    };
    expect(cells('stats count(*) by n')).toBeGreaterThanOrEqual(100);
    expect(cells('stats count_distinct(n)')).toBeGreaterThanOrEqual(50);
    expect(cells('sort n | stats count(*)')).toBeGreaterThanOrEqual(100);
    // As many as are shown.
    expect(cells('fields n | limit 5')).toBeLessThan(50);
  });

  it.each<[query: string, message: string, start: number, end: number]>([
    ['fields @timestamp | count()', 'unexpected symbol found count at line 1 and position 21', 20, 25],
    ['fields @message\n| filter level ==', 'unexpected symbol found = at line 2 and position 17', 32, 33],
    ['stats count(*) by', 'unexpected end of the query at line 1 and position 18', 17, 17],
    ['pattern @message', 'unexpected symbol found pattern at line 1 and position 1', 0, 7],
    ['fields nope(x)', 'unknown function nope at position 8', 7, 11],
    ['fields strlen()', 'Invalid number of arguments for function strlen at position 8', 7, 13],
    ['stats pct(ms)', 'Invalid arguments for function pct at position 7', 6, 9],
    ['stats count(*) by bin(x)', 'Invalid arguments for function bin at position 19: a length of time is expected', 18, 21],
    ['stats x', 'stats expects an aggregate function and not x', 0, 0],
    ['filter x like /(/', 'Invalid regular expression /(/: ', 0, 0],
  ])('is refused with where it cannot be read: %s', (query, message, startCharOffset, endCharOffset) => {
    const planned = refusable(() => planQuery(query));
    expect('rejection' in planned && planned.rejection).toMatchObject({
      code: 'MalformedQueryException',
      message: expect.stringContaining(message),
      fields: { queryCompileError: { location: { startCharOffset, endCharOffset } } },
    });
  });
});
