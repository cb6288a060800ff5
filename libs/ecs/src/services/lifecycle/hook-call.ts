import type { HookState } from '../../model/lifecycle.js';
import type { Deployment, Service } from '../../model/services.js';
import type { RecordHookAnswerInput } from './record-hook-answer.js';

/** What ECS gives a Lambda function (developer guide, lifecycle payloads): here it is POSTed. */
export function hookCall({ serviceArn, deployments }: Service, deployment: Deployment, hook: HookState): object {
  const { serviceRevisionArn, serviceDeploymentArn, lifecycle } = deployment;
  const source = deployments.find(({ id }) => id === lifecycle?.sourceId);
  const weights = (share: number | undefined) =>
    share === undefined
      ? {}
      : {
          [serviceRevisionArn]: share,
          ...(source ? { [source.serviceRevisionArn]: Math.round((100 - share) * 10) / 10 } : {}),
        };
  return {
    executionId: hook.hookId,
    lifecycleStage: lifecycle!.stage,
    resourceArn: serviceDeploymentArn,
    executionDetails: {
      serviceArn,
      targetServiceRevisionArn: serviceRevisionArn,
      testTrafficWeights: weights(lifecycle!.shares?.test),
      productionTrafficWeights: weights(lifecycle!.shares?.production),
    },
    ...(hook.hookDetails === undefined ? {} : { hookDetails: hook.hookDetails }),
  };
}

export type HookAnswer = Pick<RecordHookAnswerInput, 'hookStatus' | 'callBackDelay' | 'hookDetails' | 'reason'>;

const STATUSES = ['SUCCEEDED', 'FAILED', 'IN_PROGRESS'] as const;
const MOST_DELAY_SECONDS = 86_400;

const failed = (reason: string): HookAnswer => ({ hookStatus: 'FAILED', reason });

/** A hook that fails, or answers anything else than a hookStatus, fails the deployment, as a function does on ECS. */
export function hookAnswerOf(status: number, body: string): HookAnswer {
  if (status >= 300 && status < 400) return failed(`it answered HTTP ${status}: redirects are not followed`);
  if (status < 200 || status >= 300) return failed(`it answered HTTP ${status}`);
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    return failed('its answer is no JSON');
  }
  const { hookStatus, callBackDelay, hookDetails } = (said ?? {}) as Record<string, unknown>;
  const known = STATUSES.find((one) => one === hookStatus);
  if (!known) return failed(`its answer has no hookStatus of ${STATUSES.join(', ')}`);
  if (callBackDelay === undefined || callBackDelay === null || known !== 'IN_PROGRESS') {
    return { hookStatus: known, ...(hookDetails === undefined ? {} : { hookDetails }) };
  }
  const delay = Number(callBackDelay);
  if (!(delay >= 1 && delay <= MOST_DELAY_SECONDS)) {
    return failed(`its callBackDelay is not between 1 and ${MOST_DELAY_SECONDS} seconds`);
  }
  return { hookStatus: known, callBackDelay: delay, ...(hookDetails === undefined ? {} : { hookDetails }) };
}
