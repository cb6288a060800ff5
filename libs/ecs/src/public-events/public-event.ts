/** What ECS tells EventBridge of (ecs-semantics §3.9). */
export const DETAIL_TYPES = {
  task: 'ECS Task State Change',
  instance: 'ECS Container Instance State Change',
  serviceAction: 'ECS Service Action',
  deployment: 'ECS Deployment State Change',
} as const;

export type DetailType = (typeof DETAIL_TYPES)[keyof typeof DETAIL_TYPES];

/** How a detail type is written in a NATS subject. */
export const EVENT_SLUGS = {
  task: 'task-state-change',
  instance: 'container-instance-state-change',
  serviceAction: 'service-action',
  deployment: 'deployment-state-change',
} as const satisfies Record<keyof typeof DETAIL_TYPES, string>;
