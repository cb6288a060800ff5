import { pageOf, parseArn, type Scope, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import type { Tag } from '../model.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { LoadBalancingState } from '../state.js';
import { MAX_TAGS, withTags } from '../tag-input.js';
import type { CertificateArn, CertificateFacts, ImportedCertificate } from './model.js';
import { refusals } from './refusals.js';

/** What `ImportCertificate` is after the app has read the certificate and sealed its key. */
export interface ImportInput {
  readonly CertificateArn?: string;
  readonly Tags?: readonly Tag[];
  readonly facts: CertificateFacts;
  readonly body: string;
  readonly chain?: string;
  readonly sealedKey: string;
}

/** ACM's own quota of imported certificates of an account. */
const MOST_CERTIFICATES = 2_500;

export function certificateOf(state: LoadBalancingState, scope: Scope, arn: string): ImportedCertificate {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'acm' || parsed.resourceType !== 'certificate') throw refusals.invalidArn(arn);
  const found = state.certificates.get(arn);
  if (found?.accountId !== scope.accountId || found.region !== scope.region) throw refusals.notFound(arn, scope.accountId);
  return found;
}

const arnOf = ({ accountId, region }: Scope, id: string): CertificateArn =>
  `arn:aws:acm:${region}:${accountId}:certificate/${id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}` as CertificateArn;

const importCertificate: CommandRule<ImportInput> = {
  actors: ITSELF,
  decide(state, { CertificateArn: known, Tags, facts, body, chain, sealedKey }, context) {
    const content = { ...facts, body, ...(chain === undefined ? {} : { chain }), sealedKey };
    if (known !== undefined) {
      const { arn } = certificateOf(state, context, known);
      if (Tags?.length)
        throw refusals.validation('Tags cannot be given when a certificate is imported again: use AddTagsToCertificate.');
      return [event('CertificateRenewed', { arn, ...content })];
    }
    if (state.certificates.countBy('scope', scopeKey(context)) >= MOST_CERTIFICATES) {
      throw refusals.limitExceeded(`At most ${MOST_CERTIFICATES} certificates can be imported.`);
    }
    const { accountId, region } = context;
    const arn = arnOf(context, context.id('certificate'));
    return [event('CertificateImported', { arn, accountId, region, ...content, tags: checkTags(Tags) })];
  },
  reply: (_state, _input, events) => ({ CertificateArn: (events[0]!.data as { readonly arn: string }).arn }),
};

interface OfCertificate {
  readonly CertificateArn: string;
}

const deleteCertificate: CommandRule<OfCertificate> = {
  actors: ITSELF,
  decide(state, { CertificateArn }, context) {
    const { arn } = certificateOf(state, context, CertificateArn);
    if (state.listeners.countBy('certificate', arn) > 0) throw refusals.inUse(arn, context.accountId);
    return [event('CertificateDeleted', { arn })];
  },
  reply: () => ({}),
};

function checkTags(tags: readonly Tag[] = []): readonly Tag[] {
  for (const { Key } of tags) {
    if (/^aws:/i.test(Key)) throw refusals.invalidTag('Tag keys that begin with aws: are reserved.');
    if (tags.filter((other) => other.Key === Key).length > 1)
      throw refusals.invalidTag(`The tag key ${Key} was given more than once.`);
  }
  return checkCount(tags.map(({ Key, Value }) => ({ Key, Value: Value ?? '' })));
}

function checkCount(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length > MAX_TAGS) throw refusals.tooManyTags(`A certificate can have at most ${MAX_TAGS} tags.`);
  return tags;
}

interface TagsInput extends OfCertificate {
  readonly Tags: readonly Tag[];
}

const addTags: CommandRule<TagsInput> = {
  actors: ITSELF,
  decide(state, { CertificateArn, Tags }, context) {
    const { arn: resourceArn, tags: known } = certificateOf(state, context, CertificateArn);
    const tags = checkTags(Tags).filter(({ Key, Value }) => !known.some((tag) => tag.Key === Key && tag.Value === Value));
    checkCount(withTags(known, tags));
    return tags.length === 0 ? [] : [event('ResourceTagged', { resourceArn, tags })];
  },
  reply: () => ({}),
};

/** A tag that is given with a value goes only when it has that value, as in ACM. */
const removeTags: CommandRule<TagsInput> = {
  actors: ITSELF,
  decide(state, { CertificateArn, Tags }, context) {
    const { arn: resourceArn, tags: known } = certificateOf(state, context, CertificateArn);
    const goes = (tag: Tag) => Tags.some(({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value));
    const tagKeys = known.filter(goes).map(({ Key }) => Key);
    return tagKeys.length === 0 ? [] : [event('ResourceUntagged', { resourceArn, tagKeys })];
  },
  reply: () => ({}),
};

/** The load balancers whose listeners have it. */
const usersOf = (state: LoadBalancingState, arn: string): readonly string[] =>
  [...new Set(Array.from(state.listeners.by('certificate', arn), ({ loadBalancerArn }) => loadBalancerArn))].sort();

const statusAt = ({ notAfter }: ImportedCertificate, at: string) => (notAfter <= at ? 'EXPIRED' : 'ISSUED');

const describe: QueryRule<OfCertificate> = (state, { CertificateArn }, caller) => {
  const certificate = certificateOf(state, caller, CertificateArn);
  return {
    Certificate: {
      CertificateArn: certificate.arn,
      DomainName: certificate.domainName,
      SubjectAlternativeNames: certificate.subjectAlternativeNames,
      Serial: certificate.serial,
      Subject: certificate.subject,
      Issuer: certificate.issuer,
      CreatedAt: certificate.createdAt,
      ImportedAt: certificate.importedAt,
      Status: statusAt(certificate, caller.at),
      NotBefore: certificate.notBefore,
      NotAfter: certificate.notAfter,
      KeyAlgorithm: certificate.keyAlgorithm,
      InUseBy: usersOf(state, certificate.arn),
      Type: 'IMPORTED',
      RenewalEligibility: 'INELIGIBLE',
      Options: { CertificateTransparencyLoggingPreference: 'DISABLED' },
    },
  };
};

const get: QueryRule<OfCertificate> = (state, { CertificateArn }, caller) => {
  const { body, chain } = certificateOf(state, caller, CertificateArn);
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
    for (const certificate of state.certificates.ordered('scope', scopeKey(caller), after)) {
      if (!keyTypes.includes(certificate.keyAlgorithm)) continue;
      if (CertificateStatuses?.length && !CertificateStatuses.includes(statusAt(certificate, caller.at))) continue;
      yield certificate;
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
    CertificateSummaryList: page.items.map((certificate) => ({
      CertificateArn: certificate.arn,
      DomainName: certificate.domainName,
      SubjectAlternativeNameSummaries: certificate.subjectAlternativeNames,
      HasAdditionalSubjectAlternativeNames: false,
      Status: statusAt(certificate, caller.at),
      Type: 'IMPORTED',
      KeyAlgorithm: certificate.keyAlgorithm,
      InUse: state.listeners.countBy('certificate', certificate.arn) > 0,
      RenewalEligibility: 'INELIGIBLE',
      NotBefore: certificate.notBefore,
      NotAfter: certificate.notAfter,
      CreatedAt: certificate.createdAt,
      ImportedAt: certificate.importedAt,
    })),
    ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
  };
};

const listTags: QueryRule<OfCertificate> = (state, { CertificateArn }, caller) => ({
  Tags: certificateOf(state, caller, CertificateArn).tags,
});

export const certificateCommands: CommandRules = {
  ImportCertificate: importCertificate,
  DeleteCertificate: deleteCertificate,
  AddTagsToCertificate: addTags,
  RemoveTagsFromCertificate: removeTags,
};
export const certificateQueries: QueryRules = {
  DescribeCertificate: describe,
  GetCertificate: get,
  ListCertificates: list,
  ListTagsForCertificate: listTags,
};
