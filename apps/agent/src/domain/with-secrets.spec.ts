import { expect, it } from '@jest/globals';
import { container } from '../../../../test/support/simulated-host.js';
import { needsSecrets } from './with-secrets.js';

it.each<[string, string, string | undefined, boolean]>([
  ['an image of the own registry', '127.0.0.1:5566/000000000000/us-east-1/web:1', '127.0.0.1:5566', true],
  ['one of another', 'registry.local:5000/web', '127.0.0.1:5566', false],
  ['one of a port that begins alike', '127.0.0.1:55660/web', '127.0.0.1:5566', false],
  ['a host that reaches none', '127.0.0.1:5566/000000000000/us-east-1/web:1', undefined, false],
])('%s: a task that needs a password for it (%s, %s): %s', (_what, image, ownRegistry, needs) => {
  expect(needsSecrets({ containerDefinitions: [container({ name: 'web', image })] }, ownRegistry)).toBe(needs);
});
