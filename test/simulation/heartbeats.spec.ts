import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEARTBEAT_INTERVAL_MS, type Heartbeat, LONGEST_HEARTBEAT_INTERVAL_MS } from '#lib/ecs/model';
import { seededRandom, silentLogger } from '#lib/platform';
import { beat } from '../../apps/agent/src/heartbeats.js';
import { Heartbeats } from '../../apps/health-monitor/src/heartbeats.js';
import { EcsWorld } from '../support/ecs-world.js';
import { VirtualClock } from '../support/virtual-clock.js';

const ID = 'a'.repeat(32);
/** How often it is wanted, from one moment to the next, and whether somebody answers. */
const wanted = fc.record({
  everyMs: fc.integer({ min: HEARTBEAT_INTERVAL_MS, max: LONGEST_HEARTBEAT_INTERVAL_MS }),
  forMs: fc.integer({ min: 1, max: 200_000 }),
  answers: fc.boolean(),
});
/** Of three heartbeats at least two arrive. */
const losses = fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 20 });

/** An agent that lives, and a judge that watches it: what is recorded of its connection. */
async function judged(phases: readonly { everyMs: number; forMs: number; answers: boolean }[], gaps: readonly number[]) {
  const world = new EcsWorld();
  world.instance(ID);
  const clock = new VirtualClock();
  const said: unknown[] = [];
  const heartbeats = new Heartbeats(
    world.state,
    (_name, { input }) => {
      said.push(input);
      return Promise.resolve({ output: { left: 0 }, revision: 1 });
    },
    clock,
    seededRandom(1),
    silentLogger,
    0,
    () => true,
  );
  const life = new AbortController();
  let [phase, sent, lossAt, gap] = [phases[0]!, 0, gaps[0]!, 0];
  const heard = (heartbeat: Heartbeat) => {
    if (++sent !== lossAt) return heartbeats.beat(ID, heartbeat);
    gap = (gap + 1) % gaps.length;
    lossAt = sent + gaps[gap]!;
  };
  const agent = beat(
    {
      heartbeat: heard,
      askingHeartbeat: async (heartbeat) => {
        heard(heartbeat);
        return phase.answers ? { everyMs: phase.everyMs } : undefined;
      },
    },
    clock,
    life.signal,
    () => ({}),
  );
  heartbeats.startJudging();
  for (phase of phases) await clock.advance(phase.forMs);
  heartbeats.stopJudging();
  life.abort(new Error('over'));
  await agent.catch(() => undefined);
  return said;
}

describe('an agent that lives', () => {
  it('is never called silent, whatever it is told and whenever, while not two of its heartbeats are lost in a row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wanted, { minLength: 1, maxLength: 6 }), losses, async (phases, gaps) => {
        expect(await judged(phases, gaps)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
