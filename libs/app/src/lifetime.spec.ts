import { describe, expect, it } from '@jest/globals';
import { AppLifetime } from './lifetime.js';

describe('the lifetime of an app', () => {
  const world = () => {
    const failures: string[] = [];
    const steps: string[] = [];
    const step = (name: string) => () => {
      steps.push(`${name} begins`);
      return Promise.resolve().then(() => void steps.push(`${name} is over`));
    };
    const lifetime = new AppLifetime((error) => void failures.push(String(error)));
    const ends = {
      endWaits: () => void steps.push('waits end'),
      closeHandlers: step('handlers'),
      stopParts: step('parts'),
      leaveBroker: step('broker'),
      closeHealth: step('health'),
    };
    return { failures, steps, lifetime, ends };
  };

  it('ends in order: waits, requests in hand, parts, broker, health page, each when the one before is over', async () => {
    const { steps, lifetime, ends } = world();
    expect(await lifetime.stop(ends)).toBe(true);
    const inOrder = ['handlers', 'parts', 'broker', 'health'].flatMap((name) => [`${name} begins`, `${name} is over`]);
    expect(steps).toEqual(['waits end', ...inOrder]);
  });

  it('ends once, however often it is told to', async () => {
    const { steps, lifetime, ends } = world();
    const [first, second] = await Promise.all([lifetime.stop(ends), lifetime.stop(ends)]);
    expect([first, second]).toEqual([true, false]);
    expect(steps).toHaveLength(9);
  });

  it('is over when its connection is closed for good', async () => {
    const { failures, lifetime } = world();
    await lifetime.watch(Promise.resolve(new Error('authorization violation')));
    expect(failures).toEqual(['Error: the connection to NATS is closed for good: authorization violation']);
  });

  it('does not fail by the connection that it closes itself', async () => {
    const { failures, lifetime, ends } = world();
    let close = () => {};
    const watched = lifetime.watch(new Promise((resolve) => (close = resolve)));
    await lifetime.stop({ ...ends, leaveBroker: () => Promise.resolve(close()) });
    await watched;
    expect(failures).toEqual([]);
  });
});
