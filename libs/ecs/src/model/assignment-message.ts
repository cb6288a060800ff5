import { z } from 'zod';
import type { Assignment } from './agent-protocol.js';

const entry = z.looseObject({
  taskArn: z.string(),
  taskDefinitionArn: z.string(),
  taskDefinitionDigest: z.string(),
  overrides: z.looseObject({}),
  desiredStatus: z.enum(['RUNNING', 'STOPPED']),
  containerArns: z.record(z.string(), z.string()),
  logMode: z.literal('blocking').optional(),
  group: z.string(),
});
const assignment = z.looseObject({
  generation: z.object({ journalId: z.string(), revision: z.int().min(0) }),
  containerInstanceArn: z.string(),
  clusterName: z.string(),
  entries: z.array(entry),
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
