import { parseArn, type Scope, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import type { Tag } from '../model.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import type { LoadBalancingState } from '../state.js';
import { MAX_TAGS, withTags } from '../tag-input.js';
import type { CertificateArn, CertificateFacts, CertificateRequest, ImportedCertificate } from './model.js';
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

/** What there is of a certificate: what was asked for, what was issued or imported, or both. */
export interface FoundCertificate {
  readonly arn: CertificateArn;
  readonly request?: CertificateRequest;
  readonly certificate?: ImportedCertificate;
  readonly tags: readonly Tag[];
}

export function certificateOf(state: LoadBalancingState, scope: Scope, arn: string): FoundCertificate {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'acm' || parsed.resourceType !== 'certificate') throw refusals.invalidArn(arn);
  const [request, certificate] = [state.certificateRequests.get(arn), state.certificates.get(arn)];
  const found = request ?? certificate;
  if (found?.accountId !== scope.accountId || found.region !== scope.region) throw refusals.notFound(arn, scope.accountId);
  return { arn: found.arn, tags: found.tags, ...(request ? { request } : {}), ...(certificate ? { certificate } : {}) };
}

export const arnOf = ({ accountId, region }: Scope, id: string): CertificateArn =>
  `arn:aws:acm:${region}:${accountId}:certificate/${id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}` as CertificateArn;

const importCertificate: CommandRule<ImportInput> = {
  actors: ITSELF,
  decide(state, { CertificateArn: known, Tags, facts, body, chain, sealedKey }, context) {
    const content = { ...facts, body, ...(chain === undefined ? {} : { chain }), sealedKey };
    if (known !== undefined) {
      const { arn, request } = certificateOf(state, context, known);
      if (request) throw refusals.validation(`The certificate ${arn} was requested: only imported ones are imported again.`);
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

export function checkTags(tags: readonly Tag[] = []): readonly Tag[] {
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

export const certificateCommands: CommandRules = {
  ImportCertificate: importCertificate,
  DeleteCertificate: deleteCertificate,
  AddTagsToCertificate: addTags,
  RemoveTagsFromCertificate: removeTags,
};
