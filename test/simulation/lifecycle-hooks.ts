import type { Clock, PostOutcome } from '#lib/platform';
import type { Chaos } from './faults.js';

const saying = (said: object): PostOutcome => ({ status: 200, body: JSON.stringify(said) });

/** A server of the user's: mostly well, sometimes slow, out of order, or of another mind. */
export async function answerOfHook(chaos: Chaos, clock: Clock): Promise<PostOutcome> {
  await clock.sleep(chaos.between(1, 2_000));
  const dice = chaos.random.next();
  if (chaos.calmed || dice < 0.6) return saying({ hookStatus: 'SUCCEEDED' });
  if (dice < 0.75) return saying({ hookStatus: 'IN_PROGRESS', callBackDelay: chaos.between(1, 10) });
  return dice < 0.85 ? saying({ hookStatus: 'FAILED' }) : { none: 'connect ECONNREFUSED' };
}

const STAGES = [
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
];

/** How a service moves its traffic. Short times, so that its deployments end in every world. */
export function shifting(chaos: Chaos): object {
  const lifecycleStages = [chaos.pick(STAGES)];
  const timeoutConfiguration = { timeoutInMinutes: 1, action: chaos.pick(['CONTINUE', 'ROLLBACK']) };
  const lifecycleHooks = chaos.pick([
    [],
    [],
    [{ hookTargetArn: 'http://hooks.example/', lifecycleStages, timeoutConfiguration }],
    [{ targetType: 'PAUSE', lifecycleStages, timeoutConfiguration }],
  ]);
  const bakeTimeInMinutes = chaos.pick([0, 0, 1]);
  return {
    lifecycleHooks,
    bakeTimeInMinutes,
    ...chaos.pick([
      { strategy: 'BLUE_GREEN' },
      { strategy: 'BLUE_GREEN' },
      { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 12.5, canaryBakeTimeInMinutes: chaos.pick([0, 1]) } },
      { strategy: 'LINEAR', linearConfiguration: { stepPercent: 34, stepBakeTimeInMinutes: 0 } },
    ]),
  };
}
