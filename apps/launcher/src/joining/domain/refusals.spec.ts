import { expect, it } from '@jest/globals';
import { isRefusal } from './refusals.js';

it.each([
  ['Authorization Violation', true],
  ['exit code 1: cannot go on: Authorization Violation', true],
  ['User Authentication Expired', true],
  ['User Authentication Revoked', true],
  // The broker is slow, this machine's clock is wrong, nobody is there: all that may pass.
  ['Authentication Timeout', false],
  ['certificate has expired', false],
  ['connection refused', false],
  ['no connection to the control plane; its containers go on', false],
])('a user is refused by "%s": %s', (words, refused) => {
  expect(isRefusal(words)).toBe(refused);
});
