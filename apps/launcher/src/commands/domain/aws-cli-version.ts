/** The first versions that read AWS_ENDPOINT_URL (July 2023): the CLI v2 2.13, and v1 1.29 with botocore 1.31. */
const FIRST_WITH_ENDPOINT_VARIABLE: Readonly<Record<number, number>> = { 1: 29, 2: 13 };

/**
 * Whether an AWS CLI takes its endpoint from AWS_ENDPOINT_URL, by what `aws --version` prints. Debian 12's 2.9 does not: it would
 * silently ask AWS itself.
 */
export function readsEndpointVariable(version: string): boolean {
  const [, major, minor] = /aws-cli\/(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return true;
  const first = FIRST_WITH_ENDPOINT_VARIABLE[Number(major)];
  return first === undefined || Number(minor) >= first;
}
