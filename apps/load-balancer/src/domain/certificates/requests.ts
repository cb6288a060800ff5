import { hashId } from '#lib/kernel';
import { event } from '../events.js';
import type { Tag } from '../model.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import type { LoadBalancingState } from '../state.js';
import { zoneName } from '../zones/names.js';
import { publicCname } from '../zones/zone-answers.js';
import { arnOf, checkTags } from './certificates.js';
import type { CertificateAuthority, CertificateRequest, DomainValidation, ImportedCertificate } from './model.js';
import { refusals } from './refusals.js';
import { THE_AUTHORITY, tokenKey } from './tables.js';

/** ACM's own quotas. */
const MOST_REQUESTS = 2_500;
const MOST_NAMES = 10;
const LONGEST_COMMON_NAME = 64;
/** As long as ACM remembers an idempotency token, and waits for the records. */
const TOKEN_MS = 3_600_000;
export const VALIDATION_MS = 72 * 3_600_000;
/** ACM's, too: https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html */
const RENEW_BEFORE_MS = 60 * 86_400_000;
/** Those that listeners here can have. */
const KEY_ALGORITHMS = ['RSA_2048', 'EC_prime256v1', 'EC_secp384r1'];

interface RequestInput {
  readonly DomainName: string;
  readonly SubjectAlternativeNames?: readonly string[];
  readonly ValidationMethod?: string;
  readonly IdempotencyToken?: string;
  readonly KeyAlgorithm?: string;
  readonly Options?: Readonly<Record<string, string>>;
  readonly CertificateAuthorityArn?: string;
  readonly Tags?: readonly Tag[];
}

const request: CommandRule<RequestInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const names = namesOf(input);
    const keyAlgorithm = input.KeyAlgorithm ?? 'RSA_2048';
    if (!KEY_ALGORITHMS.includes(keyAlgorithm))
      throw refusals.validation(`The key algorithm ${keyAlgorithm} is not supported: ${KEY_ALGORITHMS.join(', ')}.`);
    if (input.ValidationMethod !== 'DNS')
      throw refusals.validation('Longshore sends no mail and calls no web server: name the ValidationMethod DNS.');
    if (input.CertificateAuthorityArn)
      throw refusals.validation('Longshore has no private authorities of ACM: leave out the CertificateAuthorityArn.');
    if (known(state, input, names, context)) return [];
    const tags = checkTags(input.Tags);
    const { accountId, region } = context;
    if (state.certificateRequests.size >= MOST_REQUESTS)
      throw refusals.limitExceeded(`At most ${MOST_REQUESTS} certificates can be requested.`);
    return [
      event('CertificateRequested', {
        arn: arnOf(context, context.id('certificate')),
        accountId,
        region,
        domainName: names[0]!,
        subjectAlternativeNames: names,
        keyAlgorithm,
        ...(input.IdempotencyToken === undefined ? {} : { idempotencyToken: input.IdempotencyToken }),
        validations: names.map((name) => validationOf(accountId, name)),
        options: { CertificateTransparencyLoggingPreference: 'ENABLED', ...input.Options },
        tags,
      }),
    ];
  },
  reply(state, input, [requested], context) {
    const { arn } = requested
      ? (requested.data as CertificateRequest)
      : [...state.certificateRequests.by('token', tokenKey(context, input.IdempotencyToken!))][0]!;
    return { CertificateArn: arn };
  },
};

/** In lower case, each once; a wildcard stands for one label, the first. */
function namesOf({ DomainName, SubjectAlternativeNames = [] }: RequestInput): readonly string[] {
  const names = [DomainName, ...SubjectAlternativeNames].map((given) => {
    const name = zoneName(given);
    if (name === undefined || !/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name)) throw refusals.invalidDomain(given);
    return name;
  });
  const all = [...new Set(names)];
  if (all.length > MOST_NAMES) throw refusals.limitExceeded(`A certificate can have at most ${MOST_NAMES} names.`);
  if (all[0]!.length > LONGEST_COMMON_NAME)
    throw refusals.validation(`The first name of a certificate has at most ${LONGEST_COMMON_NAME} characters.`);
  return all;
}

function known(
  state: LoadBalancingState,
  { IdempotencyToken }: RequestInput,
  names: readonly string[],
  context: { at: string } & Parameters<typeof tokenKey>[0],
) {
  if (IdempotencyToken === undefined) return undefined;
  for (const one of state.certificateRequests.by('token', tokenKey(context, IdempotencyToken))) {
    const isRecent = Date.parse(context.at) - Date.parse(one.createdAt) < TOKEN_MS;
    if (isRecent && one.subjectAlternativeNames.join() === names.join()) return one;
  }
  return undefined;
}

/** The same for a domain of an account whenever it is asked for, and for its wildcard. */
function validationOf(accountId: string, domainName: string): DomainValidation {
  const domain = domainName.replace(/^\*\./, '');
  const label = (...of: readonly string[]) => `_${hashId(...of).slice(0, 32)}`;
  return {
    domainName,
    name: `${label('acm name', accountId, domain)}.${domain}`,
    value: `${label('acm value', accountId, domain)}.acm-validations.aws`,
  };
}

export const isValidated = (state: LoadBalancingState, { name, value }: DomainValidation): boolean =>
  publicCname(state, name, value);

/** Whether it is to be issued, for the first time or again, at a time in milliseconds. */
export function isDue(state: LoadBalancingState, wanted: CertificateRequest, atMs: number): boolean {
  const issued = state.certificates.get(wanted.arn);
  if (!issued && atMs - Date.parse(wanted.createdAt) > VALIDATION_MS) return false;
  if (issued && Date.parse(issued.notAfter) - atMs > RENEW_BEFORE_MS) return false;
  return wanted.validations.every((validation) => isValidated(state, validation));
}

type Issued = Omit<ImportedCertificate, 'createdAt' | 'importedAt' | 'tags' | 'accountId' | 'region'>;

/** From the loop that issues (`issue-loop.ts`), whose key is sealed by then. */
const recordIssued: CommandRule<Issued> = {
  actors: ITSELF,
  decide(state, issued, { at }) {
    const wanted = state.certificateRequests.get(issued.arn);
    return wanted && isDue(state, wanted, Date.parse(at)) ? [event('CertificateIssued', issued)] : [];
  },
  reply: () => ({}),
};

/** The first that is recorded stays: what it has signed is to be trusted by the same certificate. */
const recordAuthority: CommandRule<CertificateAuthority> = {
  actors: ITSELF,
  decide: (state, authority) =>
    state.certificateAuthorities.has(THE_AUTHORITY) ? [] : [event('CertificateAuthorityMade', authority)],
  reply: () => ({}),
};

export const certificateRequestCommands: CommandRules = {
  RequestCertificate: request,
  RecordIssuedCertificate: recordIssued,
  RecordCertificateAuthority: recordAuthority,
};
