import { statementsIn, type WrittenStatement } from '#lib/access';
import type { Refusal } from '#lib/kernel';

/**
 * The statements of a policy that is kept and shown, and decides nothing: so only what is no policy at all is refused. `what`: as sentences
 * call it.
 */
export function statementsOf(text: string, what: string, malformed: (message: string) => Refusal): readonly WrittenStatement[] {
  const statements = statementsIn(text);
  if (!statements) throw malformed(`The ${what} is not valid JSON with statements (Statement).`);
  for (const { Effect, Principal, NotPrincipal } of statements) {
    if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed(`Each statement of a ${what} has the Effect 'Allow' or 'Deny'.`);
    if (Principal === undefined && NotPrincipal === undefined) throw malformed(`Each statement of a ${what} names a Principal.`);
  }
  return statements;
}
