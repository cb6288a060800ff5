import { pageOfList, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import type { QueryRule } from './rule-types.js';

/** ELBv2's predefined security policies: which protocols and ciphers (OpenSSL's names, by priority) a listener speaks. */
interface SslPolicy {
  readonly name: string;
  readonly protocols: readonly string[];
  readonly ciphers: readonly string[];
}

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const ECDHE_GCM = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];
const ECDHE_CBC = [
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
];
const ECDHE_SHA1 = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA', 'ECDHE-ECDSA-AES256-SHA'];
const RSA_STRONG = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256'];
const RSA_SHA1 = ['AES128-SHA', 'AES256-SHA'];
const [TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const SINCE_1_0 = [TLS_1_0, TLS_1_1, TLS_1_2];
const SINCE_1_1 = [TLS_1_1, TLS_1_2];
const WITH_SHA1 = [...ECDHE_GCM, ...ECDHE_CBC, ...ECDHE_SHA1, ...RSA_STRONG, ...RSA_SHA1];

const policy = (name: string, protocols: readonly string[], ...ciphers: readonly (readonly string[])[]): SslPolicy => ({
  name: `ELBSecurityPolicy-${name}`,
  protocols,
  ciphers: ciphers.flat(),
});

export const SSL_POLICIES: readonly SslPolicy[] = [
  policy('TLS13-1-2-2021-06', [TLS_1_2, TLS_1_3], TLS13, ECDHE_GCM, ECDHE_CBC),
  policy('TLS13-1-2-Res-2021-06', [TLS_1_2, TLS_1_3], TLS13, ECDHE_GCM),
  policy('TLS13-1-2-Ext1-2021-06', [TLS_1_2, TLS_1_3], TLS13, ECDHE_GCM, ECDHE_CBC, RSA_STRONG),
  policy('TLS13-1-2-Ext2-2021-06', [TLS_1_2, TLS_1_3], TLS13, WITH_SHA1),
  policy('TLS13-1-1-2021-06', [TLS_1_1, TLS_1_2, TLS_1_3], TLS13, WITH_SHA1),
  policy('TLS13-1-0-2021-06', [TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3], TLS13, WITH_SHA1),
  policy('TLS13-1-3-2021-06', [TLS_1_3], TLS13),
  policy('2016-08', SINCE_1_0, WITH_SHA1),
  policy('2015-05', SINCE_1_0, WITH_SHA1),
  policy('TLS-1-2-2017-01', [TLS_1_2], ECDHE_GCM, ECDHE_CBC, RSA_STRONG),
  policy('TLS-1-1-2017-01', SINCE_1_1, WITH_SHA1),
  policy('TLS-1-2-Ext-2018-06', [TLS_1_2], WITH_SHA1),
  policy('FS-2018-06', SINCE_1_0, ECDHE_GCM, ECDHE_CBC, ECDHE_SHA1),
  policy('FS-1-1-2019-08', SINCE_1_1, ECDHE_GCM, ECDHE_CBC, ECDHE_SHA1),
  policy('FS-1-2-2019-08', [TLS_1_2], ECDHE_GCM, ECDHE_CBC, ECDHE_SHA1),
  policy('FS-1-2-Res-2019-08', [TLS_1_2], ECDHE_GCM, ECDHE_CBC),
  policy('FS-1-2-Res-2020-10', [TLS_1_2], ECDHE_GCM),
  policy('TLS-1-0-2015-04', SINCE_1_0, WITH_SHA1, ['DES-CBC3-SHA']),
];

/** What the API gives a listener that asks for none. */
export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08';

export const sslPolicyNamed = (name: string): SslPolicy | undefined => SSL_POLICIES.find((known) => known.name === name);

const SUPPORTED_BY: readonly string[] = ['application', 'network'];

interface DescribeSslPoliciesInput extends PageInput {
  readonly Names?: readonly string[];
  readonly LoadBalancerType?: string;
}

export const describeSslPolicies: QueryRule<DescribeSslPoliciesInput> = (_state, input) => {
  const { Names: names = [], LoadBalancerType: type = 'application' } = input;
  const wanted = names.map((name) => {
    const found = sslPolicyNamed(name);
    if (!found) throw refusals.of('SSLPolicyNotFound', `SSL policy '${name}' not found`);
    return found;
  });
  const told = !SUPPORTED_BY.includes(type) ? [] : names.length > 0 ? wanted : SSL_POLICIES;
  const { items, NextMarker } = pageOfList(input, `ssl policies ${type} ${names.join(' ')}`, told);
  const SslPolicies = items.map(({ name, protocols, ciphers }) => ({
    SslProtocols: protocols,
    Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
    Name: name,
    SupportedLoadBalancerTypes: SUPPORTED_BY,
  }));
  return { SslPolicies, NextMarker };
};
