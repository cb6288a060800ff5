import type { Constraint } from './model.js';
import ec2 from './models/ec2-constraints.json' with { type: 'json' };
import acm from './models/acm-constraints.json' with { type: 'json' };
import applicationAutoScaling from './models/application-autoscaling-constraints.json' with { type: 'json' };
import autoScaling from './models/autoscaling-constraints.json' with { type: 'json' };
import cloudWatch from './models/cloudwatch-constraints.json' with { type: 'json' };
import ecr from './models/ecr-constraints.json' with { type: 'json' };
import ecs from './models/ecs-constraints.json' with { type: 'json' };
import cloudMap from './models/servicediscovery-constraints.json' with { type: 'json' };
import elbv2 from './models/elbv2-constraints.json' with { type: 'json' };
import kms from './models/kms-constraints.json' with { type: 'json' };
import events from './models/events-constraints.json' with { type: 'json' };
import logs from './models/logs-constraints.json' with { type: 'json' };
import route53 from './models/route53-constraints.json' with { type: 'json' };
import scheduler from './models/scheduler-constraints.json' with { type: 'json' };
import secretsManager from './models/secretsmanager-constraints.json' with { type: 'json' };
import ssm from './models/ssm-constraints.json' with { type: 'json' };

/** Structure name → member name → what the SDK's schemas do not carry: ranges, enums, patterns. */
export type Constraints = Readonly<Record<string, Readonly<Record<string, Constraint>>>>;

// Inferred from the file it is a union of hundreds of exact types; what it holds is stated here and checked by constraints.spec.ts.
export const route53Constraints = route53.structures as unknown as Constraints;
export const kmsConstraints = kms.structures as unknown as Constraints;
export const acmConstraints = acm.structures as unknown as Constraints;
export const ecrConstraints = ecr.structures as unknown as Constraints;
export const applicationAutoScalingConstraints = applicationAutoScaling.structures as unknown as Constraints;
export const autoScalingConstraints = autoScaling.structures as unknown as Constraints;
export const ecsConstraints = ecs.structures as unknown as Constraints;
export const cloudMapConstraints = cloudMap.structures as unknown as Constraints;
export const ec2Constraints = ec2.structures as unknown as Constraints;
export const elasticLoadBalancingConstraints = elbv2.structures as unknown as Constraints;
export const eventBridgeConstraints = events.structures as unknown as Constraints;
export const cloudWatchConstraints = cloudWatch.structures as unknown as Constraints;
export const logsConstraints = logs.structures as unknown as Constraints;
export const schedulerConstraints = scheduler.structures as unknown as Constraints;
export const secretsManagerConstraints = secretsManager.structures as unknown as Constraints;
export const ssmConstraints = ssm.structures as unknown as Constraints;

/** A compiled check of one value. Answers the second half of AWS's sentence ("Member must …"), the service's own whole one, or undefined when it is satisfied. */
export type ConstraintCheck = (value: unknown) => string | undefined;

const checks = new WeakMap<Constraint, ConstraintCheck>();

export function constraintCheck(constraint: Constraint): ConstraintCheck {
  let check = checks.get(constraint);
  if (!check) checks.set(constraint, (check = compile(constraint)));
  return check;
}

function compile({ min, max, enum: members, pattern, sentences = {} }: Constraint): ConstraintCheck {
  const permitted = members && new Set(members);
  const expression = pattern === undefined ? undefined : wholeValue(pattern);
  return (value) => {
    const size = sizeOf(value);
    if (size !== undefined) {
      if (min !== undefined && size.of < min) return `Member must have ${size.called} greater than or equal to ${min}`;
      if (max !== undefined && size.of > max)
        return sentences.max ?? `Member must have ${size.called} less than or equal to ${max}`;
    }
    if (typeof value !== 'string') return undefined;
    if (permitted && !permitted.has(value))
      return sentences.enum ?? `Member must satisfy enum value set: [${members!.join(', ')}]`;
    if (expression && !expression.test(value))
      return sentences.pattern ?? `Member must satisfy regular expression pattern: ${pattern}`;
    return undefined;
  };
}

/** All that a constraint asks of a value, in the order in which AWS lists it for the elements of a list. */
export function demandsOf({ min, max, enum: members, pattern }: Constraint): readonly string[] {
  return [
    ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
    ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern}`]),
    ...(members ? [`Member must satisfy enum value set: [${members.join(', ')}]`] : []),
  ];
}

function sizeOf(value: unknown): { of: number; called: 'value' | 'length' } | undefined {
  if (typeof value === 'number') return { of: value, called: 'value' };
  if (typeof value === 'string' || Array.isArray(value)) return { of: value.length, called: 'length' };
  if (typeof value === 'object' && value !== null) return { of: Object.keys(value).length, called: 'length' };
  return undefined;
}

/** Some of AWS's patterns escape more than the `u` flag allows; those have no `\p{…}` and mean the same without it. `Print` is Java's. */
function wholeValue(pattern: string): RegExp {
  const source = `^(?:${pattern.replaceAll('\\p{Print}', '[\\x20-\\x7e]')})$`;
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    if (!(error instanceof SyntaxError) || pattern.includes('\\p{')) throw error;
    return new RegExp(source);
  }
}
