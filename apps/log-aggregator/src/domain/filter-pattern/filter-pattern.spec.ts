import { Refusal } from '#lib/kernel';
import { compileFilterPattern } from './compile.js';
import { tokensIn } from './tokens.js';

const matching = (pattern: string, messages: readonly string[]) => {
  const { matches } = compileFilterPattern(pattern);
  return messages.flatMap((message, index) => (matches(message) ? [index] : []));
};

// The examples of AWS's own page come first.
const PLAIN = [
  '[ERROR 400] BAD REQUEST',
  '[ERROR 401] UNAUTHORIZED REQUEST',
  '[ERROR 419] MISSING ARGUMENTS',
  '[WARN] ok',
  'error',
  '[SUCCESS 200] AUTHORIZED REQUEST',
];
it.each<[string, number[]]>([
  ['', [0, 1, 2, 3, 4, 5]],
  ['ERROR', [0, 1, 2]],
  ['ERROR ARGUMENTS', [2]],
  ['?ERROR ?WARN', [0, 1, 2, 3]],
  ['ERROR -ARGUMENTS', [0, 1]],
  ['-ERROR', [3, 4, 5]],
  ['"ERROR 401"', [1]],
  ['"BAD REQUEST" ERROR', [0]],
  ['AUTHORIZED', [5]],
  ['%AUTHORIZED%', [1, 5]],
  ['%ERROR 4[01]%', [0, 1, 2]],
  ['"[ERROR"', [0, 1, 2]],
  ['ERROR ?WARN', [0, 1, 2]],
  ['40', []],
  ['error', [4]],
])('of plain lines, %s finds %j', (pattern, expected) => expect(matching(pattern, PLAIN)).toEqual(expected));

const JSON_LINES = [
  '{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],"Some":null,"cluster.name":"c"}',
  '{"level":"error","ms":101,"ok":true,"code":"200","nested":{"a":{"b":"x y"}}}',
  '{"level":"info","ms":99.5,"ok":false,"code":404}',
  'level=error ms=101',
  '[1,2]',
];
it.each<[string, number[]]>([
  ['{ $.eventType = "UpdateTrail" }', [0]],
  ['{ $.sourceIPAddress != 123.123.* }', [0]],
  ['{ $.sourceIPAddress = 111.111.* }', [0]],
  ['{ $.arrayKey[0] = "value" }', [0]],
  ['{ $.arrayKey[*] = another }', [0]],
  ['{ $.objectList[1].id = 2 }', [0]],
  ['{ $.Some IS NULL }', [0]],
  ['{ $.Some.Other NOT EXISTS && $.level = "*" }', [1, 2]],
  ['{ $.level = "error" && $.ms > 100 }', [1]],
  ['{ ($.level = "error" || $.level = "info") && $.ms < 1e2 }', [2]],
  ['{ $.ok IS TRUE }', [1]],
  ['{ $.code = 200 }', [1]],
  ['{ $.code >= 400 }', [2]],
  ['{ $.level = %^(?)err% || $.nested.a.b = "x*" }', [1]],
  ["{ $.['cluster.name'] = c }", [0]],
  ['{$.level="info"}', [2]],
])('of JSON lines, %s finds %j', (pattern, expected) => {
  if (pattern.includes('(?)')) expect(() => compileFilterPattern(pattern)).toThrow(Refusal);
  else expect(matching(pattern, JSON_LINES)).toEqual(expected);
});

it('reads JSON as it is meant, however its texts and numbers are written', () => {
  const lines = [
    String.raw`{"level":"\u0065rror","ms":1.2e2}`,
    '{"level":"error","ms":"x"}',
    '{"level":"info of an error","ms":120}',
  ];
  expect(matching('{ $.level = "error" }', lines)).toEqual([0, 1]);
  expect(matching('{ $.level = "error" && $.ms = "120" }', lines)).toEqual([0]);
  expect(matching('{ $.level = "warn" || $.ms = 120 }', lines)).toEqual([0, 2]);
});

const COLUMNS = [
  '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534',
  '127.0.0.1 Prod frank [10/Oct/2000:13:35:22 -0700] "GET /home.html HTTP/1.0" 200 5324',
  '10.0.0.1 - - [10/Oct/2000:13:50:35 -0700] "POST /api HTTP/1.0" 500 12',
  'ERROR two',
];
it.each<[string, number[]]>([
  ['[ip, user, username, timestamp, request, status_code, bytes]', [0, 1, 2]],
  ['[ip, user, username, timestamp, request, status_code = 4*, bytes > 1000]', [0]],
  ['[ip, ..., status_code = 4* || status_code = 5*, bytes]', [0, 2]],
  ['[ip, user, username, timestamp, request =*.html*, status_code = 200, ...]', [1]],
  ['[..., status_code != 200, bytes]', [0, 2, 3]],
  ['[ip = %^127%, ...]', [0, 1]],
  ['[w1 = ERROR, w2]', [3]],
  ['[w1 = ERROR || w1 = %10.0%, ...]', [2, 3]],
  ['[ip, user, "frank", ...]', [0, 1]],
])('of columns, %s finds %j', (pattern, expected) => expect(matching(pattern, COLUMNS)).toEqual(expected));

it.each([
  ['a.b', "Invalid character(s) in term 'a.b'"],
  ['"open', "Invalid character(s) in term '\"open'"],
  ['-', "Invalid character(s) in term '-'"],
  ['""', 'a term is empty'],
  ['{ $.a = ', 'the closing } is missing'],
  ['{ $.a }', 'it ends too early'],
  ['{ a = 1 }', "'a = 1' was not expected"],
  ['{ $.a = 1 && }', 'it ends too early'],
  ['{ $.a > x }', "'x' is no number"],
  ['{ ($.a = 1 }', 'it ends too early'],
  ['[a, b', 'the closing ] is missing'],
  ['[..., a, ...]', 'more than once'],
  ['%(a)%', 'characters that are not supported'],
  ['%[a%', 'Invalid regular expression'],
])('%s is refused: %s', (pattern, words) => {
  expect(() => compileFilterPattern(pattern)).toThrow(Refusal);
  expect(() => compileFilterPattern(pattern)).toThrow(words);
});

it('says where in an index to look', () => {
  expect(compileFilterPattern('"Connection reset" -x').narrowing).toEqual([['connection', 'reset', 'connection~reset']]);
  expect(compileFilterPattern('?a ?b').narrowing).toEqual([['a'], ['b']]);
  expect(compileFilterPattern('?a ?%b%').narrowing).toBeUndefined();
  expect(compileFilterPattern('-a').narrowing).toBeUndefined();
  expect(tokensIn('10.3.17')).toEqual(['10', '3', '17', '10~3', '3~17']);
  expect(tokensIn('café')).toEqual(['caf']);
  // An id is rare by itself.
  expect(tokensIn('trace 4bf92f35 ok')).toEqual(['trace', '4bf92f35', 'ok']);
});
