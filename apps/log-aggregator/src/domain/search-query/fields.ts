/** The fields of a line that is JSON; others have none. */
export interface Fields {
  has(field: string): boolean;
  /** In lower case: of a list those of its elements; objects have none. */
  texts(field: string): readonly string[];
}

const NONE: Fields = { has: () => false, texts: () => [] };

export function fieldsOf(message: string): Fields {
  // Cheaper than a parser's exception, which is what most lines of other forms would be.
  if (!/^\s*\{/.test(message)) return NONE;
  let root: object;
  try {
    root = JSON.parse(message) as object;
  } catch (error) {
    if (error instanceof SyntaxError) return NONE;
    throw error;
  }
  return {
    has: (field) => valuesAt(root, field).length > 0,
    texts: (field) =>
      valuesAt(root, field).flatMap((value) =>
        typeof value === 'object' && value !== null ? [] : [String(value as string | number | boolean | null).toLowerCase()],
      ),
  };
}

/** `a.b`: a key with a dot in it, or one inside the other. */
function valuesAt(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => valuesAt(one, field));
  if (typeof value !== 'object' || value === null) return [];
  if (Object.hasOwn(value, field)) return [(value as Record<string, unknown>)[field]].flat();
  for (let dot = field.indexOf('.'); dot >= 0; dot = field.indexOf('.', dot + 1)) {
    const key = field.slice(0, dot);
    if (Object.hasOwn(value, key)) return valuesAt((value as Record<string, unknown>)[key], field.slice(dot + 1));
  }
  return [];
}
