import { refusable } from '#lib/kernel';
import { compileSearchQuery } from './compile.js';

const JSON_LINE = JSON.stringify({
  level: 'error',
  status: 503,
  ms: 120.5,
  http: { path: '/api/v1/users', 'user.agent': 'curl/8.5' },
  msg: 'Connection reset by 10.3.17.200',
  tags: ['billing', 'eu'],
  at: '2026-11-28T10:00:00Z',
  gone: null,
});
const TEXT = 'ERROR 500 GET /api/v1/users?id=7 took 1200 ms: connection reset "by peer"';

describe('a search query', () => {
  it.each<[query: string, message: string, matches: boolean]>([
    ['', TEXT, true],
    ['error', TEXT, true],
    ['ERR', TEXT, false],
    ['error 500', TEXT, true],
    ['error 404', TEXT, false],
    ['error AND 500', TEXT, true],
    ['error && 404', TEXT, false],
    ['404 OR 500', TEXT, true],
    ['404 || 405', TEXT, false],
    ['NOT 404', TEXT, true],
    ['!500', TEXT, false],
    ['error -500', TEXT, false],
    ['+error -404', TEXT, true],
    ['404 OR (error AND NOT debug)', TEXT, true],
    ['(404 OR 405) error', TEXT, false],
    ['"connection reset"', TEXT, true],
    ['"reset connection"', TEXT, false],
    ['"reset \\"by"', TEXT, true],
    ['/api/v1/users', TEXT, true],
    ['10.3.17.200', JSON_LINE, true],
    ['conn*', TEXT, true],
    ['*tion', TEXT, true],
    ['nnect*', TEXT, false],
    ['c?nnection', TEXT, true],
    ['c?nection', TEXT, false],
    ['@message:connection', TEXT, true],
    ['level:error', TEXT, false],
    ['level:ERROR', JSON_LINE, true],
    ['level:err', JSON_LINE, false],
    ['level:err*', JSON_LINE, true],
    ['level:(warn OR error)', JSON_LINE, true],
    ['level:(NOT error)', JSON_LINE, false],
    ['-level:info', JSON_LINE, true],
    ['status:503', JSON_LINE, true],
    ['status:50?', JSON_LINE, true],
    ['status:>=500', JSON_LINE, true],
    ['status:>503', JSON_LINE, false],
    ['status:<600 AND ms:>100', JSON_LINE, true],
    ['status:[500 TO 503]', JSON_LINE, true],
    ['status:[500 TO 503}', JSON_LINE, false],
    ['status:{503 TO *]', JSON_LINE, false],
    ['ms:[* TO 121]', JSON_LINE, true],
    ['at:[2026-11-28 TO 2026-11-29]', JSON_LINE, true],
    ['at:[2026-11-29 TO 2026-11-30]', JSON_LINE, false],
    ['http.path:"/api/v1/users"', JSON_LINE, true],
    ['http.path:/api/v1*', JSON_LINE, true],
    ['http.user.agent:curl*', JSON_LINE, true],
    ['msg:"connection reset"', JSON_LINE, true],
    ['msg:billing', JSON_LINE, false],
    ['tags:billing', JSON_LINE, true],
    ['tags:*', JSON_LINE, true],
    ['gone:*', JSON_LINE, true],
    ['nothing:*', JSON_LINE, false],
    ['http:*', JSON_LINE, true],
    ['line:1:2', '{"line":"1:2"}', true],
    ['straße', 'Die STRASSE und die Straße', true],
    ['android', 'Android', true],
    ['OR', 'a', false],
  ])('%s', (query, message, matches) => {
    const compiled = refusable(() => compileSearchQuery(query));
    expect('ok' in compiled && compiled.ok.matches(message)).toBe(matches);
  });

  it.each<[query: string, narrowing: readonly (readonly string[])[] | undefined]>([
    ['Connection', [['connection']]],
    ['"connection reset"', [['connection', 'reset', 'connection~reset']]],
    ['a b', [['a', 'b']]],
    [
      '(a OR b) c',
      [
        ['a', 'c'],
        ['b', 'c'],
      ],
    ],
    ['a OR -b', undefined],
    ['a -b', [['a']]],
    ['level:error x', [['error', 'x']]],
    ['ms:>5', undefined],
    ['conn* reset', [['reset']]],
  ])('asks the index for what a line must have: %s', (query, narrowing) => {
    expect(compileSearchQuery(query).narrowing).toEqual(narrowing);
  });

  it.each([
    ['(a', 'at character 3: it ends too early'],
    ['a AND', 'at character 6: it ends too early'],
    ['a)', "at character 2: ')' was not expected"],
    ['"a', "at character 1: '\"' was not expected"],
    ['a~2', "at character 2: '~' was not expected"],
    ['a^2', "at character 2: '^' was not expected"],
    ['[1 TO 2]', "at character 1: '[' was not expected"],
    ['level:', 'at character 7: it ends too early'],
    ['('.repeat(1_000), 'at character 1001: it ends too early'],
  ])('is refused where it cannot be read: %s', (query, words) => {
    const compiled = refusable(() => compileSearchQuery(query));
    expect('rejection' in compiled && compiled.rejection.message).toContain(words);
  });
});
