import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The SDK's code carries no list of an operation's errors; its documentation does, from the same model. */
const clientEcs = new URL('..', import.meta.resolve('@aws-sdk/client-ecs'));

/** The error classes that ECS's model lists for an operation, and those that every operation of AWS may answer. */
export function modelledErrors(operation: string): ReadonlySet<string> {
  const documented = readFileSync(fileURLToPath(new URL(`dist-types/commands/${operation}Command.d.ts`, clientEcs)), 'utf8');
  const listed = [...documented.matchAll(/@throws \{@link (\w+)\}/g)].map(([, name]) => name!);
  return new Set([...listed, 'AccessDeniedException', 'ThrottlingException']);
}
