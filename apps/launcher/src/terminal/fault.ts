/** Something the user can mend: printed as its one sentence, without a stack, and the launcher exits with 1. */
export class UserFault extends Error {
  override readonly name = 'UserFault';
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
