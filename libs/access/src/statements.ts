/** As it was written. */
export type WrittenStatement = Readonly<Record<string, unknown>>;

/**
 * The statements of a policy document, one or a list of them; undefined: it is no policy document. What is in them is for who reads them: much
 * that is written for AWS has no meaning here, and is kept and shown.
 */
export function statementsIn(text: string): readonly WrittenStatement[] | undefined {
  try {
    const { Statement } = JSON.parse(text) as { readonly Statement?: unknown };
    const statements: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
    return statements.length > 0 && statements.every(isWritten) ? statements : undefined;
  } catch (error) {
    // No JSON, or `null`.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

const isWritten = (statement: unknown): statement is WrittenStatement =>
  typeof statement === 'object' && statement !== null && !Array.isArray(statement);
