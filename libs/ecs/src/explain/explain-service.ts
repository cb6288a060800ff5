import type { Instant } from '../model/common.js';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { Explanation } from './explanation.js';
import { serviceNow, serviceSummary } from './service-now.js';
import { serviceSteps } from './service-steps.js';
import { type Commits, toldOfService } from './told.js';

export interface ServiceFacts {
  readonly state: EcsState;
  readonly service: Service;
  readonly at: Instant;
  /** Those of its own revisions, of its deployments' beginnings, and their causes. */
  readonly commits: Commits;
}

export function explainService({ state, service, at, commits }: ServiceFacts): Explanation {
  const story = toldOfService(commits, service.serviceArn);
  const now = serviceNow(state, service, at, story);
  return {
    subject: { kind: 'service', arn: service.serviceArn, clusterArn: service.clusterArn },
    at,
    summary: serviceSummary(service, now),
    service: now,
    steps: serviceSteps(state, service, story, commits),
  };
}
