import type { Scope } from '#lib/kernel';
import { isApplication } from './attributes.js';
import { checkActions, checkTargetGroups, type ActionInput } from './actions.js';
import { endpointsOf } from './addresses.js';
import type { Certificate, Listener, LoadBalancer, MutualAuthentication, Protocol } from './model.js';
import { refusals } from './refusals.js';
import { DEFAULT_SSL_POLICY, sslPolicyNamed } from './ssl-policies.js';
import type { LoadBalancingState } from './state.js';

export interface ListenerInput {
  readonly Protocol?: string;
  readonly Port?: number;
  readonly SslPolicy?: string;
  readonly Certificates?: readonly { readonly CertificateArn?: string; readonly IsDefault?: boolean }[];
  readonly DefaultActions?: readonly ActionInput[];
  readonly AlpnPolicy?: readonly string[];
  readonly MutualAuthentication?: { readonly Mode?: string };
}

export type ListenerSettings = Pick<
  Listener,
  'protocol' | 'port' | 'endpoints' | 'certificates' | 'sslPolicy' | 'alpnPolicy' | 'mutualAuthentication' | 'defaultActions'
>;

const ALPN_POLICIES = ['HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred', 'None'];

/** The settings of a listener from its input, on top of those that it `has`. */
export function checkListener(
  state: LoadBalancingState,
  loadBalancer: LoadBalancer,
  input: ListenerInput,
  has?: Listener,
): ListenerSettings {
  const protocol = input.Protocol === undefined ? has?.protocol : checkProtocol(input.Protocol, loadBalancer);
  const port = input.Port ?? has?.port;
  if (protocol === undefined) throw refusals.validation('A listener protocol must be specified');
  if (port === undefined) throw refusals.validation('A listener port must be specified');
  const defaultActions = input.DefaultActions ? checkActions(input.DefaultActions, loadBalancer.type) : has?.defaultActions;
  if (!defaultActions) throw refusals.validation('You must specify at least one action');
  checkTargetGroups(state, loadBalancer, protocol, defaultActions, has?.defaultActions);
  const endpoints = endpointsOf(loadBalancer.addresses, port);
  checkEndpoints(state, loadBalancer, endpoints, has);
  return { protocol, port, endpoints, defaultActions, ...checkSecurity(state, loadBalancer, protocol, input, has) };
}

function checkProtocol(given: string, { type }: LoadBalancer): Protocol {
  const supported: readonly string[] = type === 'application' ? ['HTTP', 'HTTPS'] : ['TCP', 'TLS'];
  if (supported.includes(given)) return given as Protocol;
  if (type === 'network' && ['UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'].includes(given)) {
    throw refusals.of('UnsupportedProtocol', `Longshore balances TCP and TLS; '${given}' listeners are not supported.`);
  }
  throw refusals.validation(
    `Listener protocol '${given}' is not supported on load balancers with type '${type}'; it must be one of '${supported.join(', ')}'`,
  );
}

/** No two listeners have the same address and port. That of a load balancer itself is ELBv2's rule, the other one is ours. */
function checkEndpoints(
  state: LoadBalancingState,
  loadBalancer: LoadBalancer,
  endpoints: readonly string[],
  has?: Listener,
): void {
  for (const endpoint of endpoints) {
    for (const other of state.listeners.by('endpoint', endpoint)) {
      if (other.arn === has?.arn) continue;
      if (other.loadBalancerArn === loadBalancer.arn) throw refusals.duplicateListener(loadBalancer.arn);
      throw refusals.of(
        'DuplicateListener',
        `${endpoint} is taken by a listener of another load balancer. On the address that load balancers share, each port is one listener's.`,
      );
    }
  }
}

/** Certificates and what belongs to them: of HTTPS and TLS listeners only. */
function checkSecurity(
  state: LoadBalancingState,
  scope: Scope,
  protocol: Protocol,
  input: ListenerInput,
  has?: Listener,
): Partial<ListenerSettings> & Pick<ListenerSettings, 'certificates'> {
  const isSecure = protocol === 'HTTPS' || protocol === 'TLS';
  if (!isSecure) {
    if (input.Certificates?.length) throw refusals.validation(`Certificates cannot be specified for ${protocol} listeners`);
    if (input.SslPolicy) throw refusals.validation(`An SSL policy cannot be specified for ${protocol} listeners`);
    if (input.AlpnPolicy?.length) throw refusals.validation(`An ALPN policy cannot be specified for ${protocol} listeners`);
    return { certificates: [], sslPolicy: undefined, alpnPolicy: undefined, mutualAuthentication: undefined };
  }
  const sslPolicy = input.SslPolicy || has?.sslPolicy || DEFAULT_SSL_POLICY;
  if (!sslPolicyNamed(sslPolicy)) throw refusals.of('SSLPolicyNotFound', `SSL policy '${sslPolicy}' not found`);
  return {
    certificates: checkDefaultCertificate(state, scope, protocol, input, has),
    sslPolicy,
    alpnPolicy: input.AlpnPolicy ? checkAlpn(protocol, input.AlpnPolicy) : has?.alpnPolicy,
    mutualAuthentication: protocol === 'HTTPS' ? checkMutualAuthentication(input, has) : undefined,
  };
}

function checkDefaultCertificate(
  state: LoadBalancingState,
  scope: Scope,
  protocol: Protocol,
  { Certificates: given = [] }: ListenerInput,
  has?: Listener,
): readonly Certificate[] {
  if (given.length > 1) throw refusals.tooMany('TooManyCertificates', 'Only one certificate can be specified, the default one');
  const others = has?.certificates ?? [];
  const [first] = given;
  if (!first) {
    if (others.length > 0) return others;
    throw refusals.validation(`A certificate must be specified for ${protocol} listeners`);
  }
  const chosen = checkCertificate(state, scope, first);
  return [chosen, ...others.slice(1).filter(({ CertificateArn }) => CertificateArn !== chosen.CertificateArn)];
}

/** Not issued yet: what a listener is refused with then speaks of other things, as ELBv2 does. */
const isRequested = (request: Scope | undefined, { accountId, region }: Scope): boolean =>
  request?.accountId === accountId && request.region === region;

export function checkCertificate(
  state: LoadBalancingState,
  { accountId, region }: Scope,
  { CertificateArn = '', IsDefault }: { readonly CertificateArn?: string; readonly IsDefault?: boolean },
): Certificate {
  if (IsDefault) throw refusals.validation('IsDefault cannot be specified');
  const certificate = state.certificates.get(CertificateArn);
  if (certificate?.accountId !== accountId || certificate.region !== region) {
    if (isRequested(state.certificateRequests.get(CertificateArn), { accountId, region })) {
      throw refusals.of(
        'UnsupportedCertificate',
        `The certificate '${CertificateArn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
      );
    }
    throw refusals.of('CertificateNotFound', `Certificate '${CertificateArn}' not found`);
  }
  return { CertificateArn };
}

function checkAlpn(protocol: Protocol, given: readonly string[]): readonly string[] {
  if (protocol !== 'TLS') throw refusals.validation('An ALPN policy can only be specified for TLS listeners');
  if (given.length !== 1) throw refusals.validation('Exactly one ALPN policy can be specified');
  if (!ALPN_POLICIES.includes(given[0]!)) throw refusals.of('ALPNPolicyNotFound', `ALPN policy '${given[0]}' not found`);
  return given;
}

function checkMutualAuthentication({ MutualAuthentication }: ListenerInput, has?: Listener): MutualAuthentication {
  const mode = MutualAuthentication?.Mode ?? has?.mutualAuthentication?.Mode ?? 'off';
  if (mode === 'off') return { Mode: mode };
  if (mode === 'passthrough' || mode === 'verify') {
    throw refusals.unsupported(
      `Longshore does not ask clients for certificates; mutual authentication mode '${mode}' is not supported.`,
    );
  }
  throw refusals.validation(`Mutual authentication mode '${mode}' must be one of '[off, passthrough, verify]'`);
}

/** A listener as DescribeListeners tells it: with its default certificate only. */
export const listenerView = (of: Listener) => ({
  ListenerArn: of.arn,
  LoadBalancerArn: of.loadBalancerArn,
  Port: of.port,
  Protocol: of.protocol,
  ...(of.certificates.length > 0 ? { Certificates: of.certificates.slice(0, 1) } : {}),
  SslPolicy: of.sslPolicy,
  DefaultActions: of.defaultActions,
  AlpnPolicy: of.alpnPolicy,
  MutualAuthentication: of.mutualAuthentication,
});

/** Only ALBs have rules beside the default one. */
export const hasRules = (listener: Listener): boolean => isApplication(listener.protocol);
