import { describe, expect, it } from '@jest/globals';
import { isFree, PortClaims } from './ports.js';

const FROM = 24_600;

describe('ports that launchers choose', () => {
  it('are never chosen twice, though nobody listens on them yet', async () => {
    const [one, other] = [new PortClaims(), new PortClaims()];
    const ports = await Promise.all([one, other, one, other].map((claims) => claims.firstFree(FROM)));
    expect(new Set(ports).size).toBe(4);
    expect(await Promise.all(ports.map((port) => isFree(port)))).toEqual([true, true, true, true]);
    for (const port of ports) for (const claims of [one, other]) claims.release(port);
  });

  it('are free for others once they are given up', async () => {
    const [one, other] = [new PortClaims(), new PortClaims()];
    const port = await one.firstFree(FROM);
    expect(await other.claim(port)).toBe(false);
    one.release(port);
    expect(await other.claim(port)).toBe(true);
    other.release(port);
  });
});
