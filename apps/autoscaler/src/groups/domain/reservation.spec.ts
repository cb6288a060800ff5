import { describe, expect, it } from '@jest/globals';
import { desiredFor, instancesWanted, type ProviderUse, reservationOf } from './reservation.js';

const SCALING = {
  status: 'ENABLED',
  targetCapacity: 100,
  minimumScalingStepSize: 1,
  maximumScalingStepSize: 10_000,
  instanceWarmupPeriod: 300,
} as const;
const use = (more: Partial<ProviderUse>): ProviderUse => ({
  instances: 3,
  empty: 0,
  coming: 0,
  lacking: 0,
  isWaitedFor: false,
  ...more,
});

describe('what a capacity provider with managed scaling wants', () => {
  it.each<[string, Partial<ProviderUse>, object, number]>([
    ['what is in use', {}, {}, 3],
    ['no empty ones', { empty: 2 }, {}, 1],
    ['none, when none is in use', { empty: 3 }, {}, 0],
    ['what the tasks without a place need', { lacking: 2, isWaitedFor: true }, {}, 5],
    ['no more than that while it is coming', { lacking: 2, coming: 2, isWaitedFor: true }, {}, 3],
    ['what is in use, while spare ones are coming', { coming: 2 }, {}, 1],
    ['what is in use and what tasks wait for, while spare ones are coming', { coming: 2, lacking: 1, isWaitedFor: true }, {}, 2],
    ['what is missing beside what comes', { lacking: 4, coming: 1, isWaitedFor: true }, {}, 6],
    ['steps that are large enough', { lacking: 1, isWaitedFor: true }, { minimumScalingStepSize: 3 }, 6],
    ['steps that are small enough', { lacking: 9, isWaitedFor: true }, { maximumScalingStepSize: 2 }, 5],
    ['the last one, while tasks wait that no other would take', { empty: 3, isWaitedFor: true }, {}, 1],
    ['the first one', { instances: 0, lacking: 1, isWaitedFor: true }, {}, 1],
  ])('%s', (_what, given, scaling, wanted) => {
    expect(instancesWanted(use(given), { ...SCALING, ...scaling })).toBe(wanted);
  });

  it('is told as ECS tells it: a share of the instances that are there', () => {
    expect(reservationOf(5, 4)).toBe(125);
    expect(reservationOf(1, 4)).toBe(25);
    expect([reservationOf(1, 0), reservationOf(0, 0)]).toEqual([200, 100]);
  });

  it('keeps a share of the instances free where the target is under 100 %', () => {
    expect([100, 80, 50, 1].map((targetCapacity) => desiredFor(4, { targetCapacity }))).toEqual([4, 5, 8, 400]);
  });
});
