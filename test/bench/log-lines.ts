import { seededRandom } from '#lib/platform';

const random = seededRandom(1);
const WORDS =
  'order payment user cart checkout inventory shipped failed retry connection reset timeout accepted queue worker cache'.split(
    ' ',
  );
const word = () => WORDS[Math.floor(random.next() * WORDS.length)]!;
/** How many lines there are to one rare one. */
export const LINES_TO_A_RARE_ONE = 100_003;

/** 150 bytes: a JSON line with an id of its own, or one in so many that has a zebra in it. */
export const benchLine = (n: number): string =>
  n % LINES_TO_A_RARE_ONE === 17
    ? `level=error svc=billing trace=${random.hex(8)} zebra crossing the road on line ${n} ${'.'.repeat(40)}`
    : `{"level":"info","svc":"${word()}","trace":"${random.hex(8)}","ms":${Math.floor(random.next() * 900)},"msg":"${word()} ${word()} ${word()} ${word()} of ${n}"}`.padEnd(
        150,
      );
