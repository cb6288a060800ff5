import { refusals } from './refusals.js';

interface Transforming {
  readonly applyOnTransformedLogs?: boolean;
  readonly fieldSelectionCriteria?: string;
}

/** Filters may work on what log transformers make of lines; there are none. */
export function noTransformers(
  { applyOnTransformedLogs, fieldSelectionCriteria }: Transforming,
  systemFields: readonly [string, readonly string[] | undefined],
): void {
  const [member, fields] = systemFields;
  const given = { applyOnTransformedLogs, fieldSelectionCriteria, [member]: fields?.length };
  for (const [name, value] of Object.entries(given))
    if (value) throw refusals.invalid(`Longshore has no log transformers: ${name} is not supported.`);
}
