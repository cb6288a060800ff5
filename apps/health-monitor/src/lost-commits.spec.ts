import { beforeEach, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { silentLogger } from '#lib/platform';
import { IntakeMetrics } from './intake-metrics.js';
import { LostCommits } from './lost-commits.js';

const fold = { journalId: 'j1', revision: 100 };
let errors: string[];
let registry: Registry;
/** Where the fold is once it has caught up. */
let head: number;
let lost: LostCommits;
beforeEach(() => {
  errors = [];
  fold.revision = head = 100;
  registry = new Registry();
  const logger = { ...silentLogger, error: (_fields: object, message: string) => void errors.push(message) };
  const caughtUp = () => {
    fold.revision = head;
    return Promise.resolve(true);
  };
  lost = new LostCommits({ fold, caughtUp, logger, metrics: new IntakeMetrics(registry) });
});
const ahead = async () => (await registry.getSingleMetric('longshore_agents_ahead')!.get()).values[0]!.value;
const heard = (revision: number, journalId = 'j1') => lost.heard('i', { journalId, revision });

it('an agent that knows of a revision which the journal does not have is told of once, and counted until the journal has it', async () => {
  await heard(120);
  await heard(120);
  expect(errors).toEqual([
    expect.stringMatching(/^the agent of i has an assignment of revision 120, and the journal ends at 100/),
  ]);
  expect(await ahead()).toBe(1);
  fold.revision = 120;
  await heard(120);
  expect(await ahead()).toBe(0);
});

it('it is no evidence when only this fold is behind, nor of another journal, nor from an agent without an assignment', async () => {
  head = 130;
  await heard(120);
  await heard(500, 'another');
  await lost.heard('i', undefined);
  expect(errors).toEqual([]);
  expect(await ahead()).toBe(0);
});
