/** The region of a key that says none. */
const DEFAULT_REGION = 'us-east-1';

export interface BasicKey {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly region: string;
}

/**
 * An access key as HTTP's basic authentication, which is what Prometheus and Grafana can do: the id, where wanted with a region behind it
 * (`AKIA…@eu-central-1`), and the secret as the password. Undefined: the header is something else.
 */
export function basicKeyOf(authorization: string | undefined): BasicKey | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,1024})$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const [, accessKeyId, region = DEFAULT_REGION, secret] =
    /^([A-Z0-9]{1,128})(?:@([a-z0-9-]{1,32}))?:(.{1,256})$/s.exec(text) ?? [];
  return accessKeyId === undefined ? undefined : { accessKeyId, region, secret: secret! };
}
