import { NOT_HONOURED, SHOWN_ONLY } from '#lib/ecs/model';
import { EverythingWorld, operations } from './everything-world.js';
import { evidenceOf } from './member-evidence.js';

/**
 * Every member of every input is acted on or refused, or stands in the list of those that are not: there is none that nobody knows
 * of. Shown by experiment: giving the member changes what is done and answered (of a definition: what placement and the engine make
 * of it; that it is shown again is not enough).
 */
const world = new EverythingWorld();
const seen = operations.flatMap((operation) => evidenceOf(world, operation));
const keyOf = ({ path, member }: { path: string; member: string }) => (path in NOT_HONOURED ? path : member);

it.each(operations)('%s has no member that makes no difference, but for those that are listed', (operation) => {
  const silent = seen.filter(({ path, matters }) => path.startsWith(`${operation}.`) && !matters);
  expect(silent.filter((one) => !(keyOf(one) in NOT_HONOURED)).map(({ path }) => path)).toEqual([]);
});

it('what is only shown is a member', () => {
  const members = new Set(seen.map(({ member }) => member));
  expect(Object.keys(SHOWN_ONLY).filter((key) => !members.has(key))).toEqual([]);
});

it('what is listed makes no difference, and is a member', () => {
  const silent = new Set(seen.filter(({ matters }) => !matters).map(keyOf));
  expect(Object.keys(NOT_HONOURED).filter((key) => !silent.has(key))).toEqual([]);
});
