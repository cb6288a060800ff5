import { readsEndpointVariable } from './aws-cli-version.js';

it.each([
  ['aws-cli/2.9.19 Python/3.11.2 Linux/6.1 source/x86_64.debian.12 prompt/off', false],
  ['aws-cli/2.13.0 Python/3.11.4 Linux/6.1', true],
  ['aws-cli/2.31.2 Python/3.13.7', true],
  ['aws-cli/1.27.0 Python/3.11.2 botocore/1.29.0', false],
  ['aws-cli/1.45.11 Python/3.11.7 Linux/6.18 botocore/1.43.11', true],
  ['something else', true],
])('%s takes its endpoint from AWS_ENDPOINT_URL: %s', (version, expected) =>
  expect(readsEndpointVariable(version)).toBe(expected),
);
