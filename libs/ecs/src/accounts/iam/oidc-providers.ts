import type { Caller } from '#lib/kernel';
import { type EcsEvent, event } from '../../model/events.js';
import type { IamOidcProvider } from '../../model/iam.js';
import type { CommandRules, QueryRule, QueryRules } from '../../model/rules.js';
import type { EcsState } from '../../model/state.js';
import { iamCommand, type IamTag, type MarkedInput, pageUnder, tagList, withoutTags, withTags } from './common.js';
import { iamRefusals, required } from './refusals.js';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_PROVIDERS = 100;
const MOST_CLIENT_IDS = 100;
/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
const MOST_THUMBPRINTS = 5;
const LONGEST_URL = 255;
const URL_OF_PROVIDER = /^https:\/\/[^\s?#@:]+$/;
const THUMBPRINT = /^[0-9A-Fa-f]{40}$/;

interface NamesProvider {
  readonly OpenIDConnectProviderArn?: string;
}

function providerOf(
  state: EcsState,
  { accountId }: Pick<Caller, 'accountId'>,
  { OpenIDConnectProviderArn }: NamesProvider,
): IamOidcProvider {
  const arn = required(OpenIDConnectProviderArn, 'openIDConnectProviderArn');
  const provider = state.iamOidcProviders.get(arn);
  if (provider?.accountId !== accountId) throw iamRefusals.missing(`OpenIDConnect Provider for arn ${arn}`);
  return provider;
}

const changed = (provider: IamOidcProvider): EcsEvent[] => [event('IamOidcProviderChanged', provider)];

function hostAndPathOf(given: string | undefined): string {
  const url = required(given, 'url');
  if (URL_OF_PROVIDER.test(url) && url.length <= LONGEST_URL) return url.slice('https://'.length).replace(/\/$/, '');
  throw iamRefusals.badInput('Invalid Open ID Connect Provider URL');
}

function clientIdsOf(ids: readonly string[]): readonly string[] {
  const distinct = [...new Set(ids)];
  if (distinct.length <= MOST_CLIENT_IDS) return distinct;
  throw iamRefusals.limit(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${MOST_CLIENT_IDS}`);
}

function thumbprintsOf(thumbprints: readonly string[]): readonly string[] {
  if (thumbprints.length > MOST_THUMBPRINTS)
    throw iamRefusals.badInput(`Thumbprint list must contain fewer than ${MOST_THUMBPRINTS + 1} entries.`);
  if (thumbprints.every((one) => THUMBPRINT.test(one))) return thumbprints;
  throw iamRefusals.badInput('A thumbprint is the SHA-1 of a certificate: 40 hexadecimal digits.');
}

interface CreateInput {
  readonly Url?: string;
  readonly ClientIDList?: readonly string[];
  readonly ThumbprintList?: readonly string[];
  readonly Tags?: readonly IamTag[];
}

const arnOf = (accountId: string, url: string) => `arn:aws:iam::${accountId}:oidc-provider/${url}`;

const createProvider = iamCommand<CreateInput>({
  decide(state, { Url, ClientIDList = [], ThumbprintList = [], Tags }, { accountId, at }) {
    const url = hostAndPathOf(Url);
    const arn = arnOf(accountId, url);
    if (state.iamOidcProviders.has(arn)) throw iamRefusals.exists(`Provider with url ${Url} already exists.`);
    if (state.iamOidcProviders.countBy('account', accountId) >= MOST_PROVIDERS)
      throw iamRefusals.limit(`Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${MOST_PROVIDERS}`);
    return [
      event('IamOidcProviderCreated', {
        accountId,
        arn,
        url,
        clientIds: clientIdsOf(ClientIDList),
        thumbprints: thumbprintsOf(ThumbprintList),
        tags: withTags([], Tags),
        createdAt: at,
      }),
    ];
  },
  reply: (state, { Url }, _events, { accountId }) => {
    const { arn, tags } = state.iamOidcProviders.get(arnOf(accountId, hostAndPathOf(Url)))!;
    return { OpenIDConnectProviderArn: arn, Tags: tagList(tags) };
  },
});

/** "This operation is idempotent": one that is not there is no error. */
const deleteProvider = iamCommand<NamesProvider>({
  decide(state, input, { accountId }) {
    const arn = required(input.OpenIDConnectProviderArn, 'openIDConnectProviderArn');
    const isThere = state.iamOidcProviders.get(arn)?.accountId === accountId;
    return isThere ? [event('IamOidcProviderDeleted', { arn })] : [];
  },
  reply: () => ({}),
});

const changing = <I extends NamesProvider>(change: (provider: IamOidcProvider, input: I) => Partial<IamOidcProvider>) =>
  iamCommand<I>({
    decide(state, input, context) {
      const provider = providerOf(state, context, input);
      return changed({ ...provider, ...change(provider, input) });
    },
    reply: () => ({}),
  });

type NamesClient = NamesProvider & { readonly ClientID?: string };

export const iamOidcProviderCommands: CommandRules = {
  CreateOpenIDConnectProvider: createProvider,
  DeleteOpenIDConnectProvider: deleteProvider,
  AddClientIDToOpenIDConnectProvider: changing<NamesClient>(({ clientIds }, { ClientID }) => ({
    clientIds: clientIdsOf([...clientIds, required(ClientID, 'clientID')]),
  })),
  RemoveClientIDFromOpenIDConnectProvider: changing<NamesClient>(({ clientIds }, { ClientID }) => ({
    clientIds: clientIds.filter((id) => id !== required(ClientID, 'clientID')),
  })),
  UpdateOpenIDConnectProviderThumbprint: changing<NamesProvider & { readonly ThumbprintList?: readonly string[] }>(
    (_provider, { ThumbprintList }) => ({ thumbprints: thumbprintsOf(required(ThumbprintList, 'thumbprintList')) }),
  ),
  TagOpenIDConnectProvider: changing<NamesProvider & { readonly Tags?: readonly IamTag[] }>(({ tags }, { Tags }) => ({
    tags: withTags(tags, required(Tags, 'tags')),
  })),
  UntagOpenIDConnectProvider: changing<NamesProvider & { readonly TagKeys?: readonly string[] }>(({ tags }, { TagKeys }) => ({
    tags: withoutTags(tags, TagKeys),
  })),
};

const getProvider: QueryRule<NamesProvider> = (state, input, context) => {
  const { url, clientIds, thumbprints, tags, createdAt } = providerOf(state, context, input);
  return { Url: url, ClientIDList: clientIds, ThumbprintList: thumbprints, CreateDate: createdAt, Tags: tagList(tags) };
};

const listProviders: QueryRule<object> = (state, _input, { accountId }) => ({
  OpenIDConnectProviderList: Array.from(state.iamOidcProviders.by('account', accountId), ({ arn }) => ({ Arn: arn })),
});

const listProviderTags: QueryRule<NamesProvider & MarkedInput> = (state, input, context) =>
  pageUnder('Tags', tagList(providerOf(state, context, input).tags), ({ Key }) => Key, input);

export const iamOidcProviderQueries: QueryRules = {
  GetOpenIDConnectProvider: getProvider,
  ListOpenIDConnectProviders: listProviders,
  ListOpenIDConnectProviderTags: listProviderTags,
};
