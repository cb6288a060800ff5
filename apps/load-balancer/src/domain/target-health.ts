import { isInUse, targetGroupOf } from './lookup.js';
import type { Target, TargetGroup, TargetHealth, TargetReason } from './model.js';
import { refusals } from './refusals.js';
import type { QueryRule } from './rule-types.js';
import { type TargetInput, targetsNamed } from './target-input.js';

/** ELBv2's sentences. */
const DESCRIPTIONS: Readonly<Record<TargetReason, string>> = {
  'Elb.RegistrationInProgress': 'Target registration is in progress',
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.ResponseCodeMismatch': 'Health checks failed with these codes',
  'Target.Timeout': 'Request timed out',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Target.InvalidState': 'Target is in the stopped state',
  'Target.IpUnusable': 'Target IP address is reserved for use by a load balancer',
  'Target.DeregistrationInProgress': 'Target deregistration is in progress',
  'Elb.InternalError': 'Health checks failed due to an internal error',
};
const NOT_IN_USE = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'Target group is not configured to receive traffic from the load balancer',
};
export const NOT_REGISTERED = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
};

export const healthView = ({ state, reason, description }: TargetHealth) => ({
  State: state,
  ...(reason === undefined ? {} : { Reason: reason, Description: description ?? DESCRIPTIONS[reason] }),
});

/** What `healthCheckPort` means for this target. */
export const healthCheckPortOf = ({ healthCheck }: TargetGroup, target: Pick<Target, 'port'>): number =>
  healthCheck.port === 'traffic-port' ? target.port : Number(healthCheck.port);

const targetView = ({ id, port, availabilityZone }: Target) => ({
  Id: id,
  Port: port,
  ...(availabilityZone === undefined ? {} : { AvailabilityZone: availabilityZone }),
});

interface DescribeTargetHealthInput {
  readonly TargetGroupArn: string;
  readonly Targets?: readonly TargetInput[];
  readonly Include?: readonly string[];
}

export const describeTargetHealth: QueryRule<DescribeTargetHealthInput> = (state, input, caller) => {
  const group = targetGroupOf(state, caller, input.TargetGroupArn);
  const inUse = isInUse(state, group.arn);
  const withAnomalies = (input.Include ?? []).length > 0;
  const describe = (target: Target) => ({
    Target: targetView(target),
    HealthCheckPort: String(healthCheckPortOf(group, target)),
    TargetHealth: inUse || target.drainDeadlineAt !== undefined ? healthView(target.health) : NOT_IN_USE,
    ...(withAnomalies ? { AnomalyDetection: { Result: 'normal', MitigationInEffect: 'no' } } : {}),
  });
  if (!input.Targets?.length) {
    return { TargetHealthDescriptions: [...state.targets.ordered('targetGroup', group.arn)].map(describe) };
  }
  const TargetHealthDescriptions = input.Targets.flatMap((target) => {
    if (!target.Id) throw refusals.validation('A target ID must be specified');
    const found = targetsNamed(state, group, target);
    return found.length > 0 ? found.map(describe) : [unregisteredView(group, target)];
  });
  return { TargetHealthDescriptions };
};

const unregisteredView = (group: TargetGroup, { Id, Port = group.port, AvailabilityZone }: TargetInput) => ({
  Target: { Id, Port, ...(AvailabilityZone === undefined ? {} : { AvailabilityZone }) },
  HealthCheckPort: String(healthCheckPortOf(group, { port: Port })),
  TargetHealth: NOT_REGISTERED,
});
