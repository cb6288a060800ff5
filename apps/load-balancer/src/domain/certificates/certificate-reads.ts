import { pageOf, scopeKey } from '#lib/kernel';
import type { QueryRule, QueryRules } from '../rule-types.js';
import type { LoadBalancingState } from '../state.js';
import { certificateOf, type FoundCertificate } from './certificates.js';
import type { ImportedCertificate } from './model.js';
import { refusals } from './refusals.js';
import { isValidated, VALIDATION_MS } from './requests.js';

interface OfCertificate {
  readonly CertificateArn: string;
}

/** The load balancers whose listeners have it. */
const usersOf = (state: LoadBalancingState, arn: string): readonly string[] =>
  [...new Set(Array.from(state.listeners.by('certificate', arn), ({ loadBalancerArn }) => loadBalancerArn))].sort();

function statusAt({ request, certificate }: FoundCertificate, at: string): string {
  if (certificate) return certificate.notAfter <= at ? 'EXPIRED' : 'ISSUED';
  const isOver = Date.parse(at) - Date.parse(request!.createdAt) > VALIDATION_MS;
  return isOver ? 'VALIDATION_TIMED_OUT' : 'PENDING_VALIDATION';
}

/** What only a certificate says that is there. */
const ofIssued = ({ serial, subject, issuer, notBefore, notAfter }: ImportedCertificate) => ({
  Serial: serial,
  Subject: subject,
  Issuer: issuer,
  NotBefore: notBefore,
  NotAfter: notAfter,
});

/** Of those that were requested: how, and how far it is. */
function ofRequest(state: LoadBalancingState, { request, certificate }: FoundCertificate, status: string) {
  if (!request) {
    const { importedAt: ImportedAt } = certificate!;
    const Options = { CertificateTransparencyLoggingPreference: 'DISABLED' };
    return { Type: 'IMPORTED', ImportedAt, RenewalEligibility: 'INELIGIBLE', Options };
  }
  const isIssued = certificate !== undefined;
  return {
    Type: 'AMAZON_ISSUED',
    ...(isIssued ? { IssuedAt: certificate.importedAt } : {}),
    RenewalEligibility: isIssued ? 'ELIGIBLE' : 'INELIGIBLE',
    Options: request.options,
    SignatureAlgorithm: 'SHA256WITHECDSA',
    DomainValidationOptions: request.validations.map((validation) => ({
      DomainName: validation.domainName,
      ValidationDomain: validation.domainName,
      ValidationMethod: 'DNS',
      ValidationStatus:
        isIssued || isValidated(state, validation) ? 'SUCCESS' : status === 'PENDING_VALIDATION' ? status : 'FAILED',
      ResourceRecord: { Name: `${validation.name}.`, Type: 'CNAME', Value: `${validation.value}.` },
    })),
  };
}

const describe: QueryRule<OfCertificate> = (state, { CertificateArn }, caller) => {
  const found = certificateOf(state, caller, CertificateArn);
  const { request, certificate } = found;
  const { domainName, subjectAlternativeNames, keyAlgorithm, createdAt } = (request ?? certificate)!;
  const status = statusAt(found, caller.at);
  return {
    Certificate: {
      CertificateArn: found.arn,
      DomainName: domainName,
      SubjectAlternativeNames: subjectAlternativeNames,
      ...(certificate ? ofIssued(certificate) : {}),
      CreatedAt: createdAt,
      Status: status,
      KeyAlgorithm: keyAlgorithm,
      InUseBy: usersOf(state, found.arn),
      ...ofRequest(state, found, status),
    },
  };
};

const get: QueryRule<OfCertificate> = (state, { CertificateArn }, caller) => {
  const { certificate } = certificateOf(state, caller, CertificateArn);
  if (!certificate) throw refusals.pending(CertificateArn);
  const { body, chain } = certificate;
  return { Certificate: body, ...(chain === undefined ? {} : { CertificateChain: chain }) };
};

interface ListInput {
  readonly CertificateStatuses?: readonly string[];
  readonly Includes?: { readonly keyTypes?: readonly string[] };
  readonly NextToken?: string;
  readonly MaxItems?: number;
}

/** ACM's: other keys are listed only to those who ask for them. */
const LISTED_KEYS = ['RSA_1024', 'RSA_2048'];
const MOST_IN_A_LIST = 1_000;

const list: QueryRule<ListInput> = (state, { CertificateStatuses, Includes, NextToken, MaxItems }, caller) => {
  const keyTypes = Includes?.keyTypes?.length ? Includes.keyTypes : LISTED_KEYS;
  function* wanted(after: string | undefined) {
    for (const arn of arnsBehind(state, scopeKey(caller), after)) {
      const found = certificateOf(state, caller, arn);
      const { keyAlgorithm } = (found.request ?? found.certificate)!;
      if (!keyTypes.includes(keyAlgorithm)) continue;
      if (CertificateStatuses?.length && !CertificateStatuses.includes(statusAt(found, caller.at))) continue;
      yield found;
    }
  }
  const page = pageOf(
    wanted,
    ({ arn }) => arn,
    { nextToken: NextToken, maxResults: MaxItems },
    {
      list: `certificates ${JSON.stringify([CertificateStatuses ?? [], keyTypes])}`,
      defaultResults: MOST_IN_A_LIST,
      limit: MOST_IN_A_LIST,
    },
  );
  return {
    CertificateSummaryList: page.items.map((found) => summaryOf(state, found, caller.at)),
    ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
  };
};

/** Of those that were requested and those that are there, each once, in order. */
function* arnsBehind(state: LoadBalancingState, scope: string, after: string | undefined): Iterable<string> {
  const sources = [state.certificateRequests, state.certificates].map((table) =>
    (table.ordered('scope', scope, after) as Iterable<{ readonly arn: string }>)[Symbol.iterator](),
  );
  const heads = sources.map((source) => source.next());
  for (;;) {
    const left = heads.flatMap(({ done, value }) => (done ? [] : (value as { readonly arn: string }).arn));
    if (left.length === 0) return;
    const first = left.reduce((a, b) => (a < b ? a : b));
    yield first;
    for (const [at, { done, value }] of heads.entries()) {
      if (!done && (value as { readonly arn: string }).arn === first) heads[at] = sources[at]!.next();
    }
  }
}

function summaryOf(state: LoadBalancingState, found: FoundCertificate, at: string) {
  const { request, certificate } = found;
  const { domainName, subjectAlternativeNames, keyAlgorithm, createdAt } = (request ?? certificate)!;
  return {
    CertificateArn: found.arn,
    DomainName: domainName,
    SubjectAlternativeNameSummaries: subjectAlternativeNames,
    HasAdditionalSubjectAlternativeNames: false,
    Status: statusAt(found, at),
    KeyAlgorithm: keyAlgorithm,
    InUse: state.listeners.countBy('certificate', found.arn) > 0,
    CreatedAt: createdAt,
    ...(certificate ? { NotBefore: certificate.notBefore, NotAfter: certificate.notAfter } : {}),
    ...(request
      ? { Type: 'AMAZON_ISSUED', RenewalEligibility: certificate ? 'ELIGIBLE' : 'INELIGIBLE', IssuedAt: certificate?.importedAt }
      : { Type: 'IMPORTED', RenewalEligibility: 'INELIGIBLE', ImportedAt: certificate!.importedAt }),
  };
}

const listTags: QueryRule<OfCertificate> = (state, { CertificateArn }, caller) => ({
  Tags: certificateOf(state, caller, CertificateArn).tags,
});

export const certificateQueries: QueryRules = {
  DescribeCertificate: describe,
  GetCertificate: get,
  ListCertificates: list,
  ListTagsForCertificate: listTags,
};
