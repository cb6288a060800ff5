import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ecs } from '#lib/ecs';
import { ecsEventTypes } from '#lib/ecs/evolve';
import { type Commit, digestOf, Fold, type Revision, upcastCommit } from '#lib/journal';
import type { Domain } from '#lib/kernel';
import { systemClock } from '#lib/platform';
import { loadBalancing } from '../../apps/load-balancer/src/domain/domain.js';
import { loadBalancingEventTypes } from '../../apps/load-balancer/src/domain/evolve.js';
import { logging } from '../../apps/log-aggregator/src/domain/domain.js';
import { loggingEventTypes } from '../../apps/log-aggregator/src/domain/evolve.js';
import { secrets } from '../../apps/secrets/src/domain/domain.js';
import { secretsEventTypes } from '../../apps/secrets/src/domain/evolve.js';
import { network } from '../../apps/network/src/domain/domain.js';
import { networkEventTypes } from '../../apps/network/src/domain/evolve.js';
import { registry } from '../../apps/registry/src/domain/domain.js';
import { registryEventTypes } from '../../apps/registry/src/domain/evolve.js';
import { scaling } from '../../apps/autoscaler/src/domain/domain.js';
import { scalingEventTypes } from '../../apps/autoscaler/src/domain/evolve.js';
import { recordLife } from './lives/tasks.js';

const folder = import.meta.dirname;
const readJson = <T>(name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
const digests = readJson<Record<string, string>>('digests.json');

/** Those of another journal than `ecs` are in a folder of its name. */
const recordingsIn = (directory: string) =>
  readdirSync(join(folder, directory))
    .filter((name) => name.endsWith('.journal.json'))
    .map((name) => join(directory, name));

function digestAfter<S>(domain: Domain<S>, commits: readonly Commit[]): string {
  const { journal, decider } = domain;
  const fold = new Fold({ name: journal, journalId: 'world', store: domain.newTables(), decider, clock: systemClock });
  commits.forEach((commit, i) => fold.apply(upcastCommit(commit, decider), (i + 1) as Revision));
  return digestOf(fold.store);
}

const eventTypesIn = (commits: readonly Commit[]) =>
  new Set(commits.flatMap((commit) => commit.transactions.flatMap(({ events }) => events.map(({ type }) => type))));

describe('journals that users have on disk', () => {
  const ofEcs = recordingsIn('.');
  const ofLoadBalancing = recordingsIn('load-balancing');
  const ofLogging = recordingsIn('logging');
  const ofSecrets = recordingsIn('secrets');
  const ofNetwork = recordingsIn('network');
  const ofRegistry = recordingsIn('registry');
  const ofScaling = recordingsIn('scaling');

  it.each(ofEcs)('%s folds to the state that it always meant', (name) => {
    expect(digestAfter(ecs, readJson<Commit[]>(name))).toBe(digests[name]);
  });

  it.each(ofLoadBalancing)('%s folds to the state that it always meant', (name) => {
    expect(digestAfter(loadBalancing, readJson<Commit[]>(name))).toBe(digests[name]);
  });

  it.each(ofLogging)('%s folds to the state that it always meant', (name) => {
    expect(digestAfter(logging, readJson<Commit[]>(name))).toBe(digests[name]);
  });

  it.each(ofSecrets)('%s folds to the state that it always meant', (name) => {
    expect(digestAfter(secrets, readJson<Commit[]>(name))).toBe(digests[name]);
  });

  it.each(ofNetwork)('%s folds to the state that it always meant', (name) => {
    expect(digestAfter(network, readJson<Commit[]>(name))).toBe(digests[name]);
  });

  it.each(ofRegistry)('%s folds to the state that it always meant', (name) => {
    expect(digestAfter(registry, readJson<Commit[]>(name))).toBe(digests[name]);
  });

  it.each(ofScaling)('%s folds to the state that it always meant', (name) => {
    expect(digestAfter(scaling, readJson<Commit[]>(name))).toBe(digests[name]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['ecs', ofEcs, ecsEventTypes],
    ['load-balancing', ofLoadBalancing, loadBalancingEventTypes],
    ['logging', ofLogging, loggingEventTypes],
    ['secrets', ofSecrets, secretsEventTypes],
    ['network', ofNetwork, networkEventTypes],
    ['registry', ofRegistry, registryEventTypes],
    ['scaling', ofScaling, scalingEventTypes],
  ])('of %s between them have every event that this version writes', (_journal, recorded, eventTypes) => {
    const seen = new Set(recorded.flatMap((name) => [...eventTypesIn(readJson<Commit[]>(name))]));
    // One that is missing here needs a new recording (record.ts), beside the old ones.
    expect(eventTypes.filter((type) => !seen.has(type))).toEqual([]);
  });

  it('have events of older versions, which are read as current ones', () => {
    const messagesOf = (commits: readonly Commit[]) =>
      commits.flatMap(({ transactions }) =>
        transactions.flatMap(({ events }) => events.filter(({ type }) => type === 'ServiceMessageAdded')),
      );
    const commits = readJson<Commit[]>('2026-11-23-task-sets.journal.json');
    expect(new Set(messagesOf(commits).map(({ v }) => v))).toEqual(new Set([1]));
    const read = messagesOf(commits.map((commit) => upcastCommit(commit, ecs.decider)));
    expect(new Set(read.map(({ v }) => v))).toEqual(new Set([2]));
    expect(read.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ action: expect.objectContaining({ eventName: 'TASKSET_STEADY_STATE' }) }),
    );
  });

  it('are told apart by their digests', () => {
    const commits = recordLife();
    expect(digestAfter(ecs, commits.slice(0, 5))).not.toBe(digestAfter(ecs, commits));
  });
});
