import type { LoadBalancingEvent } from '../events.js';
import { event } from '../events.js';
import type { Tag } from '../model.js';
import { ITSELF } from '../rule-types.js';
import { MAX_TTL_SECONDS } from './dns-config.js';
import { namespaceOfOther, zoneOfOther } from '../zones/owners.js';
import { matches, type Filter } from './filters.js';
import { arnOf, namespaceNamed, namespaceOf } from './lookup.js';
import type { Namespace, NamespaceType } from './model.js';
import { operationIdIn, operationIdOf } from './operations.js';
import { orderedPage, type PageInput, tokenOf } from './pages.js';
import { refusals } from './refusals.js';
import type { CommandRule, CommandRules, DiscoveryRuleState, QueryRule, QueryRules } from './rule-types.js';
import { type DiscoveryTables, sameCase } from './tables.js';
import { checkTags } from './tags.js';
import { scopeKey } from '#lib/kernel';

interface CreateInput {
  readonly Name: string;
  readonly CreatorRequestId?: string;
  readonly Description?: string;
  readonly Vpc?: string;
  readonly Properties?: { readonly DnsProperties: { readonly SOA: { readonly TTL: number } } };
  readonly Tags?: readonly Tag[];
}

/** Of an account's region: what is protected is one journal. */
const MOST_NAMESPACES = 500;
/** Cloud Map's own, of the SOA record that it makes. */
const DEFAULT_SOA_TTL_SECONDS = 15;

/** Labels of up to 63 letters, digits, hyphens and underscores, 253 characters in all (RFC 1035, RFC 8552). */
const DNS_NAME = /^(?=.{1,253}\.?$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

const create = (type: NamespaceType): CommandRule<CreateInput> => ({
  actors: ITSELF,
  decide(state, input, context) {
    const { Name: name, CreatorRequestId: creatorRequestId, Description: description } = input;
    const isDns = type === 'DNS_PRIVATE';
    if (isDns && !DNS_NAME.test(name)) throw refusals.invalidInput(`'${name}' is not a domain name.`);
    const existing = namespaceNamed(state, context, name);
    // The same request again: its answer was lost on the way.
    const isRetry = existing?.type === type && creatorRequestId !== undefined && existing.creatorRequestId === creatorRequestId;
    if (isRetry && createdBy(state, existing)) return [];
    if (existing) throw refusals.namespaceExists(existing);
    if (isDns && state.namespaces.countBy('dnsName', sameCase(name)) > 0) {
      throw refusals.invalidInput(
        `Another account or region of this installation has the private DNS namespace '${name}', and DNS is one tree: choose another name.`,
      );
    }
    if (isDns) checkNobodyElses(state, context.accountId, name);
    if (state.namespaces.countBy('scope', scopeKey(context)) >= MOST_NAMESPACES) {
      throw refusals.limitExceeded(`At most ${MOST_NAMESPACES} namespaces can be created.`);
    }
    const { accountId, region } = context;
    const id = `ns-${context.id('namespace').slice(0, 16)}`;
    const arn = arnOf(context, 'namespace', id);
    return [
      event('NamespaceCreated', {
        operationId: operationIdOf(context),
        id,
        arn,
        accountId,
        region,
        name,
        type,
        ...(description === undefined ? {} : { description }),
        ...(creatorRequestId === undefined ? {} : { creatorRequestId }),
        ...(isDns ? { vpc: input.Vpc ?? '', hostedZoneId: hostedZoneIdOf(id), soaTtlSeconds: soaTtlOf(input) } : {}),
        tags: checkTags(arn, input.Tags),
      }),
    ];
  },
  reply: (state, { Name, CreatorRequestId }, events, context) => {
    if (events.length > 0) return operationIdIn(events);
    const existing = namespaceNamed(state, context, Name);
    return { OperationId: existing?.creatorRequestId === CreatorRequestId ? createdBy(state, existing!) : undefined };
  },
});

function checkNobodyElses(state: DiscoveryRuleState, accountId: string, name: string): void {
  const namespace = namespaceOfOther(state, accountId, name);
  const zone = zoneOfOther(state, accountId, name);
  if (namespace === undefined && zone === undefined) return;
  const over = namespace === undefined ? `hosted zone '${zone}'` : `private DNS namespace '${namespace}'`;
  throw refusals.invalidInput(
    `Another account of this installation has the ${over}, and DNS is one tree: choose a name outside of it.`,
  );
}

const soaTtlOf = ({ Properties }: CreateInput) => Properties?.DnsProperties.SOA.TTL ?? DEFAULT_SOA_TTL_SECONDS;

/** In the form of Route 53's, of which there is none here. */
const hostedZoneIdOf = (id: string) => `Z${id.slice(3).toUpperCase()}`;

/** The operation that created it, while it is remembered. */
function createdBy({ operations }: DiscoveryTables, namespace: Namespace): string | undefined {
  for (const { id, type, targets } of operations.by('scope', scopeKey(namespace))) {
    if (type === 'CREATE_NAMESPACE' && targets.NAMESPACE === namespace.id) return id;
  }
  return undefined;
}

interface UpdateInput {
  readonly Id: string;
  readonly Namespace: {
    readonly Description?: string;
    readonly Properties?: { readonly DnsProperties: { readonly SOA: { readonly TTL: number } } };
  };
}

const CALLED: Readonly<Record<NamespaceType, string>> = { HTTP: 'an HTTP namespace', DNS_PRIVATE: 'a private DNS namespace' };

const update = (type: NamespaceType): CommandRule<UpdateInput> => ({
  actors: ITSELF,
  decide(state, { Id, Namespace: { Description: description, Properties } }, context): readonly LoadBalancingEvent[] {
    const namespace = namespaceOf(state, context, Id);
    if (namespace.type !== type) throw refusals.invalidInput(`'${Id}' is not ${CALLED[type]}.`);
    const soaTtlSeconds = Properties?.DnsProperties.SOA.TTL;
    return [
      event('NamespaceUpdated', {
        operationId: operationIdOf(context),
        id: namespace.id,
        ...(description === undefined ? {} : { description }),
        ...(soaTtlSeconds === undefined ? {} : { soaTtlSeconds }),
      }),
    ];
  },
  reply: (_state, _input, events) => operationIdIn(events),
});

const remove: CommandRule<{ Id: string }> = {
  actors: ITSELF,
  decide(state, { Id }, context) {
    const { id } = namespaceOf(state, context, Id);
    if (state.discoveryServices.countBy('namespace', id) > 0) {
      throw refusals.inUse(`Namespace '${id}' contains services: delete them before the namespace.`);
    }
    return [event('NamespaceDeleted', { operationId: operationIdOf(context), id })];
  },
  reply: (_state, _input, events) => operationIdIn(events),
};

const summary = ({ discoveryServices }: DiscoveryTables, namespace: Namespace) => ({
  Id: namespace.id,
  Arn: namespace.arn,
  ResourceOwner: namespace.accountId,
  Name: namespace.name,
  Type: namespace.type,
  Description: namespace.description,
  ServiceCount: discoveryServices.countBy('namespace', namespace.id),
  Properties: {
    DnsProperties:
      namespace.type === 'DNS_PRIVATE'
        ? { HostedZoneId: namespace.hostedZoneId, SOA: { TTL: namespace.soaTtlSeconds } }
        : { SOA: {} },
    HttpProperties: { HttpName: namespace.name },
  },
  CreateDate: namespace.createdAt,
});

const getNamespace: QueryRule<{ Id: string }> = (state, { Id }, caller) => {
  const namespace = namespaceOf(state, caller, Id);
  return { Namespace: { ...summary(state, namespace), CreatorRequestId: namespace.creatorRequestId } };
};

const listNamespaces: QueryRule<PageInput & { Filters?: readonly Filter[] }> = (state, input, caller) => {
  const scope = scopeKey(caller);
  const isWanted = matches<Namespace>(input.Filters, {
    TYPE: ({ type }) => type,
    NAME: ({ name }) => name,
    HTTP_NAME: ({ name }) => name,
    RESOURCE_OWNER: () => 'SELF',
  });
  function* wanted(after: string | undefined) {
    for (const namespace of state.namespaces.ordered('scope', scope, after)) if (isWanted(namespace)) yield namespace;
  }
  const page = orderedPage(input, `namespaces ${JSON.stringify(input.Filters ?? [])}`, wanted, ({ id }) => id);
  return { Namespaces: page.items.map((namespace) => summary(state, namespace)), ...tokenOf(page) };
};

/** What negative answers of the zone may be remembered for. */
export const negativeTtlOf = ({ soaTtlSeconds = MAX_TTL_SECONDS }: Namespace): number => Math.min(soaTtlSeconds, MAX_TTL_SECONDS);

export const namespaceCommands: CommandRules = {
  CreateHttpNamespace: create('HTTP'),
  CreatePrivateDnsNamespace: create('DNS_PRIVATE'),
  UpdateHttpNamespace: update('HTTP'),
  UpdatePrivateDnsNamespace: update('DNS_PRIVATE'),
  DeleteNamespace: remove,
};
export const namespaceQueries: QueryRules = { GetNamespace: getNamespace, ListNamespaces: listNamespaces };
