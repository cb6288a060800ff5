import { beforeEach, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { UsedSignatures } from './used-signatures.js';

const scope = { date: '20261122', region: 'us-east-1', service: 'ecs' };
const signatureOf = (signature: string, accessKeyId = 'AKID', expiresSeconds?: number) => ({
  accessKeyId,
  scope,
  signedHeaders: ['host'],
  signature,
  signedAt: '20261122T111300Z',
  expiresSeconds,
});

let clock: VirtualClock;
let used: UsedSignatures;
beforeEach(() => {
  clock = new VirtualClock();
  used = new UsedSignatures(clock, { againMs: 10_000, kept: 8, keptOfKey: 5 });
});
const isRefused = (signature: string, key?: string, expiresSeconds?: number) =>
  used.refusal(signatureOf(signature, key, expiresSeconds)) !== undefined;

it('comes again while its request may still be under way, and later never', async () => {
  expect(isRefused('a')).toBe(false);
  await clock.advance(10_000);
  expect(isRefused('a')).toBe(false);
  await clock.advance(1);
  expect(used.refusal(signatureOf('a'))).toEqual({
    code: 'InvalidSignatureException',
    message: expect.stringMatching(/^Signature expired/),
    status: 400,
  });
  await clock.advance(29 * 60_000);
  expect(isRefused('a')).toBe(true);
  expect(isRefused('b')).toBe(false);
  expect(isRefused('a', 'OTHER')).toBe(false);
});

it('presigned, is remembered for as long as it is good', async () => {
  isRefused('a', 'AKID', 7 * 86_400);
  await clock.advance(7 * 86_400_000);
  expect(isRefused('b')).toBe(false);
  expect(isRefused('a', 'AKID', 7 * 86_400)).toBe(true);
});

it('is forgotten in the order of its first sight when there are too many, of its own key first', async () => {
  for (const signature of ['a', 'b', 'c', 'd', 'e', 'f']) isRefused(signature, 'BUSY');
  isRefused('x', 'QUIET');
  await clock.advance(20_000);
  expect(['b', 'f'].map((signature) => isRefused(signature, 'BUSY'))).toEqual([true, true]);
  expect(isRefused('x', 'QUIET')).toBe(true);
  // Forgotten, so it counts as new.
  expect(isRefused('a', 'BUSY')).toBe(false);
});

it('of many keys, there are no more than the limit', async () => {
  for (let n = 0; n < 100; n++) isRefused('a', `KEY${n}`);
  await clock.advance(20_000);
  expect(isRefused('a', 'KEY99')).toBe(true);
  expect(isRefused('a', 'KEY0')).toBe(false);
  expect((used as unknown as { keys: Map<string, unknown> }).keys.size).toBeLessThanOrEqual(9);
});
