import * as ec2 from '@aws-sdk/client-ec2';
import { NormalizedSchema } from '@smithy/core/schema';
import { writeFileSync } from 'node:fs';
import { networkCommands, networkQueries } from '../../apps/network/src/domain/domain.js';
import type { ExtractedMember, ExtractedModel, ExtractedShape } from '#lib/aws-api';

/**
 * Writes `libs/aws-api/src/models/ec2-model.json`: the shapes of the EC2 operations that Longshore has, from the schemas of EC2's client.
 * The client knows 700 operations and would cost the gateway 95 MB; these are some tens. Run it when an operation is added.
 */
const OPERATION = 9;

export function extractedModel(): ExtractedModel {
  const structures: Record<string, Record<string, ExtractedMember>> = {};
  const operations: Record<string, readonly [input: string, output: string]> = {};

  const structure = (schema: NormalizedSchema): string => {
    const name = schema.getName()!;
    if (structures[name]) return name;
    const members: Record<string, ExtractedMember> = (structures[name] = {});
    for (const [memberName, member] of schema.structIterator()) members[memberName] = memberOf(member, memberName);
    return name;
  };
  const memberOf = (schema: NormalizedSchema, name: string): ExtractedMember => {
    const { xmlName, ec2QueryName } = schema.getMemberTraits() as { xmlName?: string; ec2QueryName?: string };
    const xml = xmlName ?? name;
    const query = ec2QueryName ?? `${xml.charAt(0).toUpperCase()}${xml.slice(1)}`;
    return { ...shapeOf(schema), ...(xml === name ? {} : { xml }), ...(query === name ? {} : { query }) };
  };
  const shapeOf = (schema: NormalizedSchema): ExtractedShape => {
    if (schema.isStructSchema()) return { is: 'structure', of: structure(schema) };
    if (schema.isListSchema()) return { is: 'list', each: memberOf(schema.getValueSchema(), 'item') };
    if (schema.isBooleanSchema()) return { is: 'boolean' };
    if (schema.isTimestampSchema()) return { is: 'timestamp' };
    if (schema.isNumericSchema()) return { is: 'integer' };
    // Blobs are base64 in forms, as they are in our messages.
    if (schema.isStringSchema() || schema.isBlobSchema()) return { is: 'string' };
    throw new Error(`a shape that no operation here had so far: ${schema.getName(true)}`);
  };

  const wanted = new Set([...Object.keys(networkCommands), ...Object.keys(networkQueries)]);
  for (const schema of Object.values(ec2) as unknown[]) {
    if (!Array.isArray(schema) || schema[0] !== OPERATION || !wanted.has(schema[2] as string)) continue;
    const [input, output] = [schema[4], schema[5]].map((each) => {
      const normalized = NormalizedSchema.of(each as never);
      return normalized.isUnitSchema() ? 'Unit' : structure(normalized);
    });
    operations[schema[2] as string] = [input!, output!];
  }
  structures['Unit'] ??= {};
  const sorted = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { operations: sorted(operations), structures: sorted(structures) };
}

if (process.argv[1]?.endsWith('extract-ec2-model.js')) {
  writeFileSync('libs/aws-api/src/models/ec2-model.json', `${JSON.stringify(extractedModel(), null, 1)}\n`);
}
