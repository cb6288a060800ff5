import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The error classes that a service's model lists for an operation, and those that every operation of AWS may answer. The SDK's code
 * carries no such list; its documentation does, from the same model.
 */
export function modelledErrors(operation: string, client = '@aws-sdk/client-ecs'): ReadonlySet<string> {
  const root = new URL('..', import.meta.resolve(client));
  const documented = readFileSync(fileURLToPath(new URL(`dist-types/commands/${operation}Command.d.ts`, root)), 'utf8');
  const listed = [...documented.matchAll(/@throws \{@link (\w+)\}/g)].map(([, name]) => name!);
  return new Set([...listed, 'AccessDeniedException', 'ThrottlingException']);
}
