/**
 * EventBridge's envelope; its members are in EventBridge's order. Public events have EventBridge's shapes (ecs-semantics §3.9), so that
 * programs made for AWS read them. They are a pure function of the journal: whoever folds the same commits renders the same events
 * with the same ids.
 */
export interface PublicEvent {
  readonly version: '0';
  /** `<journal>:<revision>.<n>`: the nth public event of the revision, from 0. See `Position`. */
  readonly id: string;
  readonly 'detail-type': string;
  /** `aws.ecs` and the like. */
  readonly source: string;
  readonly account: string;
  /** The commit's time: ISO-8601 with milliseconds. */
  readonly time: string;
  readonly region: string;
  /** The ARN of what changed: a task, a container instance or a service. */
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The input of `ReadEvents`. */
export interface ReadEventsInput extends EventFilter {
  /** An event's id or a cursor: what follows it. Absent: from now on. */
  readonly after?: string;
  readonly maxResults?: number;
  /** How long to wait for something when there is nothing to give. */
  readonly waitMs?: number;
}

export interface ReadEventsOutput {
  readonly events: readonly PublicEvent[];
  /** Everything up to here was considered; what to give as `after` next. Never behind the last event given. */
  readonly cursor: string;
  /** False: there is more already, ask again at once. */
  readonly caughtUp: boolean;
}

/** Members are ANDed, the values within one are ORed; a member that is absent or empty lets everything pass. */
export interface EventFilter {
  readonly detailTypes?: readonly string[];
  /** Names or ARNs. */
  readonly clusters?: readonly string[];
  /** Names or ARNs: the service's own events and those of its tasks. */
  readonly services?: readonly string[];
  /** `service:<name>` or `family:<name>`: a task's group. A service's own events have its tasks' group. */
  readonly groups?: readonly string[];
  /** ARNs of what changed. */
  readonly resources?: readonly string[];
}
