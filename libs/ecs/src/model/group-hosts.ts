/**
 * The tag of an Auto Scaling group that says who starts its hosts: `process` (agents on the host of the control plane), `exec` (the
 * operator's command), `none` (nobody: hosts say themselves that they are of the group). Without it the launcher chooses: `exec` where
 * there is a command, else `process`.
 */
export const HOSTS_TAG = 'longshore:hosts';
export const HOST_KINDS = ['process', 'exec', 'none'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

/** What the autoscaler asks the launcher for: one more container instance of a group. */
export interface HostToStart {
  /** 32 hex digits: the end of its container instance's ARN. The same one again is the same host. */
  readonly instanceId: string;
  readonly accountId: string;
  readonly region: string;
  /** The group's name, which it says of itself by the attribute `auto-scaling-group`. */
  readonly group: string;
  /** The name of the cluster that it joins. */
  readonly cluster: string;
  readonly kind?: Exclude<HostKind, 'none'>;
  /** LaunchTemplate and the like, in Auto Scaling's words, for a command that makes something of it. */
  readonly launch: Readonly<Record<string, unknown>>;
}

export type HostToEnd = Pick<HostToStart, 'instanceId'>;

export type HostAnswer =
  | { readonly done: true }
  /** It is not done and will not be: why, as a sentence. */
  | { readonly refusal: string }
  | { readonly unavailable: string };

/** By instance id. */
export type HostList =
  | {
      readonly hosts: readonly string[];
      readonly size?: HostSize;
      /** Who starts the hosts of groups that do not say it. */
      readonly kind?: Exclude<HostKind, 'none'>;
    }
  | { readonly unavailable: string };

/** Of a host that is started as a process. */
export interface HostSize {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}
