import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What ECR says to a policy of another form: in the sentences of json-schema-validator, which it checks policies with. */
export function complaintOf(issues: readonly Issue[], policy: unknown): string {
  const [first] = issues as [Issue];
  const found = valueAt(policy, first.path);
  if (found === undefined) {
    const parent = first.path.slice(0, -1).join('.');
    const missing = issues.filter(({ path }) => path.slice(0, -1).join('.') === parent && valueAt(policy, path) === undefined);
    return `object has missing required properties (${JSON.stringify(missing.map(({ path }) => String(path.at(-1))).sort())})`;
  }
  switch (first.code) {
    case 'unrecognized_keys':
      return `object instance has properties which are not allowed by the schema: (${JSON.stringify([...first.keys].sort())})`;
    case 'invalid_value':
      return `instance value (${JSON.stringify(found)}) not found in enum (possible values: ${JSON.stringify(first.values)})`;
    case 'invalid_type':
      return `instance type (${typeOf(found)}) does not match any allowed primitive type (allowed: ["${first.expected}"])`;
    case 'too_small':
      if (Array.isArray(found))
        return `array is too short: must have at least ${first.minimum} elements but instance has ${found.length} elements`;
      return `numeric instance is lower than the required minimum (minimum: ${first.minimum}, found: ${JSON.stringify(found)})`;
    default:
      return `${first.path.join('.')}: ${first.message}`;
  }
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((within, key) => (within as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
