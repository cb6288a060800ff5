import { type DeploymentStrategy, LIFECYCLE_STAGES, type LifecycleHook, type LifecycleStage } from '../../model/lifecycle.js';
import { refusals } from '../../model/refusals.js';
import type { DeploymentConfiguration } from '../../model/services.js';

/** How traffic moves, as the model gives it. */
export interface StrategyInput {
  readonly strategy?: string;
  readonly bakeTimeInMinutes?: number;
  readonly lifecycleHooks?: readonly HookInput[];
  readonly linearConfiguration?: { readonly stepPercent?: number; readonly stepBakeTimeInMinutes?: number };
  readonly canaryConfiguration?: { readonly canaryPercent?: number; readonly canaryBakeTimeInMinutes?: number };
}

interface HookInput {
  readonly targetType?: string;
  readonly hookTargetArn?: string;
  readonly roleArn?: string;
  readonly lifecycleStages?: readonly string[];
  readonly hookDetails?: unknown;
  readonly timeoutConfiguration?: { readonly timeoutInMinutes?: number; readonly action?: string };
}

type Strategy = Pick<
  DeploymentConfiguration,
  'strategy' | 'bakeTimeInMinutes' | 'lifecycleHooks' | 'linearConfiguration' | 'canaryConfiguration'
>;

const STRATEGIES: readonly DeploymentStrategy[] = ['ROLLING', 'BLUE_GREEN', 'LINEAR', 'CANARY'];
const MOST_MINUTES = 1_440;
/** [sdk LinearConfiguration, CanaryConfiguration, DeploymentLifecycleHookTimeoutConfiguration] */
const DEFAULT_LINEAR = { stepPercent: 10, stepBakeTimeInMinutes: 6 };
const DEFAULT_CANARY = { canaryPercent: 5, canaryBakeTimeInMinutes: 10 };
const DEFAULT_TIMEOUT_MINUTES = 1_440;
const MOST_TIMEOUT_MINUTES = 20_160;
const MOST_HOOKS = 20;
const MOST_DETAILS_BYTES = 4_096;

/** What is asked for on top of what holds. What belongs to another strategy than the one that then holds goes. */
export function strategyOf(given: StrategyInput, now: Strategy): Strategy {
  const strategy = STRATEGIES.find((one) => one === (given.strategy ?? now.strategy));
  if (!strategy) {
    throw refusals.invalidParameter(`Invalid deployment strategy ${given.strategy}. Use one of [${STRATEGIES.join(',')}].`);
  }
  refuseForOther(strategy, 'LINEAR', 'linearConfiguration', given.linearConfiguration);
  refuseForOther(strategy, 'CANARY', 'canaryConfiguration', given.canaryConfiguration);
  const bakeTimeInMinutes = given.bakeTimeInMinutes ?? now.bakeTimeInMinutes;
  checkRange('bakeTimeInMinutes', bakeTimeInMinutes, 0, MOST_MINUTES);
  const lifecycleHooks = given.lifecycleHooks ? given.lifecycleHooks.map(hookOf) : now.lifecycleHooks;
  if (lifecycleHooks && lifecycleHooks.length > MOST_HOOKS) {
    throw refusals.invalidParameter(`lifecycleHooks can have at most ${MOST_HOOKS} items.`);
  }
  if (given.lifecycleHooks?.length && strategy === 'ROLLING') {
    throw refusals.invalidParameter(
      'lifecycleHooks are of deployments that move traffic. Use the strategy BLUE_GREEN, LINEAR or CANARY, or leave lifecycleHooks out.',
    );
  }
  return {
    strategy,
    bakeTimeInMinutes,
    ...(lifecycleHooks ? { lifecycleHooks } : {}),
    ...(strategy === 'LINEAR' ? { linearConfiguration: linearOf(given, now) } : {}),
    ...(strategy === 'CANARY' ? { canaryConfiguration: canaryOf(given, now) } : {}),
  };
}

function refuseForOther(strategy: DeploymentStrategy, of: DeploymentStrategy, member: string, given: object | undefined): void {
  if (!given || strategy === of) return;
  throw refusals.invalidParameter(`${member} is only valid with the deployment strategy ${of}, and the strategy is ${strategy}.`);
}

function checkRange(member: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw refusals.invalidParameter(`Invalid ${member} ${value}: it must be between ${least} and ${most}.`);
}

/** Of tenths. */
function checkPercent(member: string, value: number, least: number): void {
  checkRange(member, value, least, 100);
  if (Math.abs(value * 10 - Math.round(value * 10)) < 1e-6) return;
  throw refusals.invalidParameter(`Invalid ${member} ${value}: it must be a multiple of 0.1.`);
}

function linearOf({ linearConfiguration: given }: StrategyInput, now: Strategy) {
  const linear = { ...DEFAULT_LINEAR, ...now.linearConfiguration, ...present(given) };
  checkPercent('stepPercent', linear.stepPercent, 3);
  checkRange('stepBakeTimeInMinutes', linear.stepBakeTimeInMinutes, 0, MOST_MINUTES);
  return linear;
}

function canaryOf({ canaryConfiguration: given }: StrategyInput, now: Strategy) {
  const canary = { ...DEFAULT_CANARY, ...now.canaryConfiguration, ...present(given) };
  checkPercent('canaryPercent', canary.canaryPercent, 0.1);
  checkRange('canaryBakeTimeInMinutes', canary.canaryBakeTimeInMinutes, 0, MOST_MINUTES);
  return canary;
}

const present = <T extends object>(members: T | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(members ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;

const HOOK_STAGES = LIFECYCLE_STAGES.filter((stage) => !['SCALE_UP', 'BAKE_TIME', 'CLEAN_UP'].includes(stage));
/** [sdk DeploymentLifecycleHook] */
const NO_PAUSE: readonly LifecycleStage[] = ['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'];

function hookOf(given: HookInput): LifecycleHook {
  const { targetType = 'AWS_LAMBDA', hookTargetArn, roleArn, hookDetails, timeoutConfiguration: timeout } = given;
  if (targetType !== 'AWS_LAMBDA' && targetType !== 'PAUSE') {
    throw refusals.invalidParameter(`Invalid targetType ${targetType}. Use one of [AWS_LAMBDA,PAUSE].`);
  }
  const { lifecycleStages = [] } = given;
  if (lifecycleStages.length === 0) throw refusals.invalidParameter('A lifecycle hook needs at least one of lifecycleStages.');
  const stages = lifecycleStages.map((stage) => {
    const known = HOOK_STAGES.find((one) => one === stage);
    if (!known) throw refusals.invalidParameter(`Invalid lifecycle stage ${stage}. Use one of [${HOOK_STAGES.join(',')}].`);
    if (targetType === 'PAUSE' && NO_PAUSE.includes(known)) {
      throw refusals.invalidParameter(`PAUSE hooks cannot be configured at the lifecycle stage ${known}.`);
    }
    return known;
  });
  if (targetType === 'AWS_LAMBDA') checkTarget(hookTargetArn);
  else if (hookTargetArn) throw refusals.invalidParameter('hookTargetArn is not applicable for PAUSE hooks.');
  const { timeoutInMinutes = DEFAULT_TIMEOUT_MINUTES, action = 'ROLLBACK' } = timeout ?? {};
  checkRange('timeoutInMinutes', timeoutInMinutes, 1, MOST_TIMEOUT_MINUTES);
  if (action !== 'CONTINUE' && action !== 'ROLLBACK') {
    throw refusals.invalidParameter(`Invalid action ${action}. Use one of [ROLLBACK,CONTINUE].`);
  }
  if (hookDetails !== undefined && Buffer.byteLength(JSON.stringify(hookDetails)) > MOST_DETAILS_BYTES) {
    throw refusals.invalidParameter(`hookDetails can have at most ${MOST_DETAILS_BYTES} bytes of JSON.`);
  }
  return {
    targetType,
    ...(hookTargetArn ? { hookTargetArn } : {}),
    ...(roleArn ? { roleArn } : {}),
    lifecycleStages: stages,
    ...(hookDetails === undefined ? {} : { hookDetails }),
    timeoutConfiguration: { timeoutInMinutes, action },
  };
}

/** There is no Lambda here; what stands for it is a server of the user's that answers what a function would. */
function checkTarget(target: string | undefined): void {
  if (!target) throw refusals.invalidParameter('hookTargetArn can not be blank for AWS_LAMBDA hooks.');
  if (target.startsWith('arn:')) {
    throw refusals.invalidParameter(
      `Longshore has no Lambda functions: the hookTargetArn ${target} cannot be called. Give the URL of a server (http or https) that ` +
        'answers as it would, or use the targetType PAUSE.',
    );
  }
  const url = URL.parse(target);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!url || !isWeb || url.username || url.password || url.hash) {
    throw refusals.invalidParameter(
      `Invalid hookTargetArn ${target}: it must be a URL of http or https, without user or fragment.`,
    );
  }
}
