import type { Refusal } from '#lib/kernel';

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: unknown;
}

/**
 * The statements of a policy that is kept and shown, and decides nothing: so only what is no policy at all is refused. `what`: as sentences
 * call it.
 */
export function statementsOf(text: string, what: string, malformed: (message: string) => Refusal): readonly PolicyStatement[] {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformed(`The ${what} is not valid JSON.`);
  }
  const { Statement } = (policy ?? {}) as { readonly Statement?: unknown };
  if (typeof Statement !== 'object' || Statement === null) throw malformed(`The ${what} has no statements (Statement).`);
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as readonly (PolicyStatement | null)[];
  return statements.map((statement) => {
    const { Effect, Principal, NotPrincipal } = (statement ?? {}) as Readonly<Record<string, unknown>>;
    if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed(`Each statement of a ${what} has the Effect 'Allow' or 'Deny'.`);
    if (Principal === undefined && NotPrincipal === undefined) throw malformed(`Each statement of a ${what} names a Principal.`);
    return statement!;
  });
}
