import { attributeOf } from '../domain/attributes.js';
import type { Listener, LoadBalancer } from '../domain/model.js';
import { DEFAULT_SSL_POLICY, sslPolicyNamed } from '../domain/ssl-policies.js';

/** Where the PEM file (key and chain) of a certificate is; undefined when there is none. */
export type CertificateFile = (certificateArn: string) => string | undefined;

/** What a TLS listener's binds need, or why it cannot be served. */
export function tlsOptions(
  listener: Listener,
  loadBalancer: LoadBalancer,
  certificateFile: CertificateFile,
  listFile: string,
): { readonly options: string; readonly file: string } | { readonly refused: string } {
  const paths: string[] = [];
  for (const { CertificateArn } of listener.certificates) {
    const path = certificateFile(CertificateArn);
    if (path === undefined) return { refused: `The certificate ${CertificateArn} is not known on this host.` };
    paths.push(path);
  }
  if (paths.length === 0) return { refused: 'The listener has no certificate.' };
  const { protocols, ciphers } = (sslPolicyNamed(listener.sslPolicy ?? DEFAULT_SSL_POLICY) ??
    sslPolicyNamed(DEFAULT_SSL_POLICY))!;
  const suites = ciphers.filter((cipher) => cipher.startsWith('TLS_'));
  const others = ciphers.filter((cipher) => !cipher.startsWith('TLS_'));
  const options = [
    `ssl crt-list ${listFile}`,
    `ssl-min-ver ${versionOf(protocols[0]!)} ssl-max-ver ${versionOf(protocols.at(-1)!)}`,
    ...(others.length > 0 ? [`ciphers ${others.join(':')}`] : []),
    ...(suites.length > 0 ? [`ciphersuites ${suites.join(':')}`] : []),
    ...alpn(listener, loadBalancer),
  ];
  // The first certificate is what clients without SNI get, as in ELB.
  return { options: options.join(' '), file: paths.map((path) => `${path}\n`).join('') };
}

/** ELBv2 writes `TLSv1`, HAProxy `TLSv1.0`. */
const versionOf = (protocol: string): string => (protocol === 'TLSv1' ? 'TLSv1.0' : protocol);

/** Network load balancers: by policy. Application load balancers speak HTTP/2 unless that is turned off. */
function alpn(listener: Listener, loadBalancer: LoadBalancer): readonly string[] {
  if (listener.protocol === 'HTTPS') {
    return [`alpn ${attributeOf(loadBalancer, 'routing.http2.enabled') === 'true' ? 'h2,http/1.1' : 'http/1.1'}`];
  }
  switch (listener.alpnPolicy?.[0]) {
    case 'HTTP1Only':
      return ['alpn http/1.1'];
    case 'HTTP2Only':
      return ['alpn h2'];
    case 'HTTP2Optional':
      return ['alpn http/1.1,h2'];
    case 'HTTP2Preferred':
      return ['alpn h2,http/1.1'];
    default:
      return [];
  }
}
