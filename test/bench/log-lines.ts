import { seededRandom } from '#lib/platform';

const random = seededRandom(1);
const WORDS =
  'order payment user cart checkout inventory shipped failed retry connection reset timeout accepted queue worker cache'.split(
    ' ',
  );
const word = () => WORDS[Math.floor(random.next() * WORDS.length)]!;
/** Words that every block has, and neighbours in one line of 1,250,003 only. */
export const RARE_PHRASE = 'of order';

/** 150 bytes: a JSON line with an id of its own; or one in 100,003 that has a zebra in it. */
export function benchLine(n: number): string {
  if (n % 100_003 === 17)
    return `level=error svc=billing trace=${random.hex(8)} zebra crossing the road on line ${n} ${'.'.repeat(40)}`;
  const last = n % 1_250_003 === 17 + 1 ? RARE_PHRASE : `${word()} of`;
  return `{"level":"info","svc":"${word()}","trace":"${random.hex(8)}","ms":${Math.floor(random.next() * 900)},"msg":"${word()} ${word()} ${word()} ${last} ${n}"}`.padEnd(
    150,
  );
}
