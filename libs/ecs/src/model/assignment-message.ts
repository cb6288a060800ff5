import { z } from 'zod';
import type { Assignment, AssignmentEntry } from './agent-protocol.js';

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * By hand: each assignment is read whole whenever a task comes to its host or goes, and with a schema two thirds of reading one with
 * many tasks were this. (Its spec holds it against the schema.)
 */
function isEntry(value: unknown): value is AssignmentEntry {
  if (!isObject(value)) return false;
  const { taskArn, taskDefinitionArn, taskDefinitionDigest, overrides, desiredStatus, containerArns, logMode, group } = value;
  return (
    isText(taskArn) &&
    isText(taskDefinitionArn) &&
    isText(taskDefinitionDigest) &&
    isObject(overrides) &&
    (desiredStatus === 'RUNNING' || desiredStatus === 'STOPPED') &&
    isObject(containerArns) &&
    Object.values(containerArns).every(isText) &&
    (logMode === undefined || logMode === 'blocking') &&
    isText(group)
  );
}

const assignment = z.looseObject({
  generation: z.object({ journalId: z.string(), revision: z.int().min(0) }),
  containerInstanceArn: z.string(),
  clusterName: z.string(),
  entries: z.custom<readonly AssignmentEntry[]>((entries) => Array.isArray(entries) && entries.every(isEntry)),
});

/** The value of a key of the assignments bucket; undefined when it is none: an agent ignores it, the writer replaces it. */
export function parseAssignment(value: Uint8Array): Assignment | undefined {
  try {
    const read: unknown = JSON.parse(new TextDecoder().decode(value));
    // As it is, not as parsed: whoever compares two of them compares their JSON.
    return assignment.safeParse(read).success ? (read as Assignment) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
