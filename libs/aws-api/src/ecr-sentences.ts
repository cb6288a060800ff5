import type { Violation } from './model.js';

/** "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must have length greater than or equal to 2'": of enums alone it says "Member". */
export function ecrViolation({ at, complaint }: Violation): string {
  const [, pattern] = /^Member must satisfy regular expression pattern: (.*)$/s.exec(complaint) ?? [];
  const said =
    pattern === undefined
      ? complaint.replace(/^Member (?=must (have|not be))/, '')
      : `must satisfy regular expression '${pattern}'`;
  return `Invalid parameter at '${at}' failed to satisfy constraint: '${said}'`;
}
