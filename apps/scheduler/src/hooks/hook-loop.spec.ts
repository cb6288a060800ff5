import { beforeEach, describe, expect, it } from '@jest/globals';
import { type PostOutcome, seededRandom, silentLogger } from '#lib/platform';
import { nextRevision } from '../../../../test/support/service-world.js';
import { BLUE_GREEN, type ShiftWorld, shiftWorld } from '../../../../test/support/shift-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { HookLoop } from './hook-loop.js';

const TARGET = 'http://127.0.0.1:8080/hook';
const said = (hookStatus: string, more: object = {}): PostOutcome => ({
  status: 200,
  body: JSON.stringify({ hookStatus, ...more }),
});

/** A deployment that waits for its hook, and a scheduler that calls it. */
class Plane {
  readonly world: ShiftWorld = shiftWorld();
  readonly clock = new VirtualClock();
  readonly calls: { readonly payload: any; readonly signal: AbortSignal }[] = [];
  /** What the hook answers, one call after the other; the last one again and again. Undefined: nothing yet. */
  answers: (PostOutcome | undefined)[] = [];
  isActive = true;
  readonly loop: HookLoop;

  constructor() {
    const lifecycleHooks = [{ hookTargetArn: TARGET, lifecycleStages: ['POST_SCALE_UP'], hookDetails: { n: 0 } }];
    nextRevision(this.world, { deploymentConfiguration: { ...BLUE_GREEN, lifecycleHooks } });
    this.world.rests();
    const { world, clock } = this;
    const began = world.now;
    const fold = { state: world.state, nowMs: () => began + clock.monotonicMs(), subscribe: () => () => undefined };
    const send = (name: string, { input }: { input: object }) => {
      world.now = Math.max(world.now, fold.nowMs());
      return Promise.resolve({ output: world.given(name, input, 'scheduler'), revision: 1 });
    };
    this.loop = new HookLoop({
      fold: fold as never,
      commands: { send } as never,
      call: (target, payload, signal) => this.answer(target, payload, signal),
      isActive: () => this.isActive,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
  }

  /** It begins, and the hook answers so. */
  answering(...answers: (PostOutcome | undefined)[]): void {
    this.answers = answers;
    this.loop.start();
  }

  private async answer(target: string, payload: object, signal: AbortSignal): Promise<PostOutcome> {
    expect(target).toBe(TARGET);
    this.calls.push({ payload, signal });
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    return answer ?? new Promise((done) => signal.addEventListener('abort', () => done({ none: 'aborted' })));
  }

  get status(): string | undefined {
    return this.world.primary.lifecycle!.hooks?.[0]!.status;
  }
}

describe('the loop of hooks', () => {
  let plane: Plane;
  beforeEach(() => {
    plane = new Plane();
  });

  it('tells what a hook answered', async () => {
    plane.answering(said('SUCCEEDED'));
    await plane.clock.advance(500);
    expect(plane.status).toBe('SUCCEEDED');
    await plane.clock.advance(60_000);
    expect(plane.calls).toHaveLength(1);
  });

  it('calls again after the delay that the hook asked for, with what it gave', async () => {
    plane.answering(said('IN_PROGRESS', { callBackDelay: 10, hookDetails: { n: 1 } }), said('SUCCEEDED'));
    await plane.clock.advance(9_000);
    expect(plane.calls).toHaveLength(1);
    await plane.clock.advance(2_500);
    expect(plane.calls.map(({ payload }) => payload.hookDetails)).toEqual([{ n: 0 }, { n: 1 }]);
    expect(new Set(plane.calls.map(({ payload }) => payload.executionId)).size).toBe(1);
    expect(plane.status).toBe('SUCCEEDED');
  });

  it.each([{ none: 'connect ECONNREFUSED' }, { status: 503, body: '' }])(
    'asks again where %j is all that comes',
    async (outcome) => {
      plane.answering(outcome, outcome, said('SUCCEEDED'));
      await plane.clock.advance(10_000);
      expect(plane.calls).toHaveLength(3);
      expect(plane.status).toBe('SUCCEEDED');
    },
  );

  it('takes a hook that never answers for failed', async () => {
    plane.answering({ none: 'connect ECONNREFUSED' });
    await plane.clock.advance(60_000);
    expect(plane.calls).toHaveLength(5);
    expect(plane.status).toBe('FAILED');
    expect(plane.world.primary.lifecycle!.hooks![0]!.reason).toBe('connect ECONNREFUSED, 5 times');
  });

  it('drops a call whose stage is over', async () => {
    plane.answering(undefined);
    await plane.clock.advance(500);
    plane.world.stopsDeployment();
    await plane.clock.advance(500);
    expect(plane.calls.map(({ signal }) => signal.aborted)).toEqual([true]);
  });

  it('calls nobody while another scheduler does', async () => {
    plane.isActive = false;
    plane.answering(said('SUCCEEDED'));
    await plane.clock.advance(10_000);
    expect(plane.calls).toEqual([]);
  });
});
