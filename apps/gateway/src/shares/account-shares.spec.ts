import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { AccountShares } from './account-shares.js';
import { classOf, DEFAULT_RATES, parseRates, type Rates } from './request-classes.js';

const ratesOf = (text: string): Rates => {
  const parsed = parseRates(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.rates;
};

let clock: VirtualClock;
let throttled: string[];
beforeEach(() => {
  clock = new VirtualClock();
  throttled = [];
});
const sharesOf = (rates: string, inFlight = 100) =>
  new AccountShares(clock, { rates: ratesOf(rates), inFlight }, (why) => throttled.push(why));
/** How many of `count` requests get in; each is over at once. */
function admitted(shares: AccountShares, accountId: string, operation: string, count: number): number {
  let got = 0;
  for (let n = 0; n < count; n++) {
    const answer = shares.admit(accountId, operation);
    if ('leave' in answer) {
      answer.leave();
      got++;
    } else expect(answer.rejection).toEqual({ code: 'ThrottlingException', message: 'Rate exceeded', status: 400 });
  }
  return got;
}

describe('the requests of an account', () => {
  it('are as many at once as its bucket holds, and then as many a second as it is refilled by', async () => {
    const shares = sharesOf('cluster-read=50/20');
    expect(admitted(shares, 'a', 'DescribeClusters', 60)).toBe(50);
    expect(throttled).toEqual(Array(10).fill('cluster-read'));
    await clock.advance(1_000);
    expect(admitted(shares, 'a', 'ListClusters', 60)).toBe(20);
    await clock.advance(3_600_000);
    expect(admitted(shares, 'a', 'ListClusters', 60)).toBe(50);
  });

  it('take nothing from other accounts, nor from their own requests of other kinds', () => {
    const shares = sharesOf('modify=5/1,read=5/1');
    expect(admitted(shares, 'a', 'RunTask', 10)).toBe(5);
    expect(admitted(shares, 'a', 'DescribeTasks', 10)).toBe(5);
    expect(admitted(shares, 'a', 'CreateService', 10)).toBe(5);
    expect(admitted(shares, 'b', 'RunTask', 10)).toBe(5);
  });

  it('are waited for up to a number at the same time', () => {
    const shares = sharesOf('', 2);
    const first = shares.admit('a', 'ReadEvents');
    shares.admit('a', 'ReadEvents');
    expect(shares.admit('a', 'DescribeTasks')).toHaveProperty('rejection');
    expect(throttled).toEqual(['in-flight']);
    expect(shares.admit('b', 'DescribeTasks')).toHaveProperty('leave');
    (first as { leave(): void }).leave();
    expect(shares.admit('a', 'DescribeTasks')).toHaveProperty('leave');
  });

  it('leave nothing behind when it is quiet again', async () => {
    const shares = sharesOf('modify=5/1');
    for (let n = 0; n < 1_000; n++) admitted(shares, `account-${n}`, 'RunTask', 1);
    await clock.advance(61_000);
    admitted(shares, 'a', 'RunTask', 1);
    expect((shares as unknown as { accounts: Map<string, unknown> }).accounts.size).toBe(1);
  });
});

it.each([
  ['DescribeClusters', 'cluster-read'],
  ['UpdateClusterSettings', 'cluster-modify'],
  ['PutClusterCapacityProviders', 'cluster-modify'],
  ['RegisterTaskDefinition', 'task-definition-modify'],
  ['ListTaskDefinitionFamilies', 'task-definition-read'],
  ['UpdateServicePrimaryTaskSet', 'service-modify'],
  ['DescribeServiceDeployments', 'service-read'],
  ['RunTask', 'cluster-resource-modify'],
  ['UpdateContainerInstancesState', 'cluster-resource-modify'],
  ['ReadEvents', 'cluster-resource-read'],
  ['PutAccountSettingDefault', 'settings-modify'],
  ['ListTagsForResource', 'tags-read'],
  ['UntagResource', 'tags-modify'],
  ['GetCallerIdentity', 'other-read'],
])('%s is one of the kind %s', (operation, kind) => {
  expect(classOf(operation)).toBe(kind);
});

it('a kind of its own goes before all reads or changes', () => {
  const rates = ratesOf('read=10/1, service-read=3/2');
  expect(rates['cluster-read']).toEqual({ capacity: 10, refillPerSecond: 1 });
  expect(rates['service-read']).toEqual({ capacity: 3, refillPerSecond: 2 });
  expect(rates['tags-modify']).toEqual(DEFAULT_RATES['tags-modify']);
  for (const wrong of ['read', 'read=1', 'write=1/1', 'read=0/1', 'read=1/0', 'read=-1/1'])
    expect(parseRates(wrong)).toEqual({ problem: expect.stringContaining(`"${wrong}" is no rate`) });
});
