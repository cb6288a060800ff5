import { sameContent } from '#lib/kernel';
import { listenerArn, ruleArn } from './arns.js';
import { attributesView, type AttributeInput, checkAttributes } from './attributes.js';
import { event, type LoadBalancingEvents } from './events.js';
import { LIMITS } from './limits.js';
import { checkCertificate, checkListener, type ListenerInput, listenerView } from './listener-settings.js';
import { listenerOf, loadBalancerOf } from './lookup.js';
import type { Listener, ListenerArn, Tag } from './model.js';
import { page, pageOfList, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import type { LoadBalancingState } from './state.js';
import { checkTags } from './tag-input.js';

type CreateListenerInput = ListenerInput & { readonly LoadBalancerArn: string; readonly Tags?: readonly Tag[] };

const createListener: CommandRule<CreateListenerInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const loadBalancer = loadBalancerOf(state, context, input.LoadBalancerArn);
    const { accountId, region } = loadBalancer;
    const tags = checkTags(input.Tags);
    const known = onPort(state, loadBalancer.arn, input.Port);
    const settings = checkListener(state, loadBalancer, input, known && { ...known, certificates: [], sslPolicy: undefined });
    if (known) {
      // The same listener once more is answered with the one that is there.
      const { endpoints: _endpoints, ...wanted } = settings;
      const has = { ...known, certificates: known.certificates.slice(0, 1) };
      if (
        Object.entries(wanted).every(([key, value]) => sameContent(value, has[key as keyof Listener])) &&
        sameTags(tags, known.tags)
      ) {
        return [];
      }
      throw refusals.duplicateListener(loadBalancer.arn);
    }
    const limit = LIMITS[`listeners-per-${loadBalancer.type}-load-balancer`];
    if (state.listeners.countBy('loadBalancer', loadBalancer.arn) >= limit) {
      throw refusals.tooMany('TooManyListeners', `The quota of ${limit} listeners for a load balancer has been reached`);
    }
    const arn = listenerArn(loadBalancer.arn, context.id('listener').slice(0, 16));
    return [
      event('ListenerCreated', {
        accountId,
        region,
        arn,
        loadBalancerArn: loadBalancer.arn,
        ...present(settings),
        defaultRuleArn: ruleArn(arn, context.id('default-rule').slice(0, 16)),
        tags,
      }),
    ];
  },
  reply(state, input) {
    const known = onPort(state, input.LoadBalancerArn, input.Port);
    return { Listeners: known ? [listenerView(known)] : [] };
  },
};

const sameTags = (a: readonly Tag[], b: readonly Tag[]): boolean =>
  a.length === b.length && a.every(({ Key, Value }) => b.some((tag) => tag.Key === Key && tag.Value === Value));

const present = <T extends object>(members: T): T =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;

function onPort(state: LoadBalancingState, loadBalancerArn: string, port: number | undefined): Listener | undefined {
  for (const listener of state.listeners.by('loadBalancer', loadBalancerArn)) if (listener.port === port) return listener;
  return undefined;
}

type ListenerModified = LoadBalancingEvents['ListenerModified'];

const modifyListener: CommandRule<ListenerInput & { readonly ListenerArn: string }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = listenerOf(state, context, input.ListenerArn);
    const loadBalancer = loadBalancerOf(state, context, known.loadBalancerArn);
    const settings = checkListener(state, loadBalancer, input, known);
    const changed = Object.entries(settings).filter(([key, value]) => !sameContent(value, known[key as keyof Listener]));
    if (changed.length === 0) return [];
    // What the new protocol does not have is taken away: JSON has no other way to say so than null.
    const change = Object.fromEntries(changed.map(([key, value]) => [key, value ?? null]));
    return [event('ListenerModified', { arn: known.arn, ...change } as ListenerModified)];
  },
  reply: (state, { ListenerArn: arn }) => ({ Listeners: told(state, arn, listenerView) }),
};

const told = <T>(state: LoadBalancingState, arn: string, view: (listener: Listener) => T): T[] => {
  const known = state.listeners.get(arn);
  return known ? [view(known)] : [];
};

const deleteListener: CommandRule<{ ListenerArn: string }> = {
  actors: ITSELF,
  decide: (state, { ListenerArn }, context) => [event('ListenerDeleted', { arn: listenerOf(state, context, ListenerArn).arn })],
  reply: () => ({}),
};

interface DescribeListenersInput extends PageInput {
  readonly LoadBalancerArn?: string;
  readonly ListenerArns?: readonly string[];
}

const describeListeners: QueryRule<DescribeListenersInput> = (state, input, caller) => {
  const { LoadBalancerArn, ListenerArns: arns = [] } = input;
  if (LoadBalancerArn === undefined && arns.length === 0) {
    throw refusals.validation('You must specify either listener ARNs or a load balancer ARN');
  }
  if (LoadBalancerArn !== undefined && arns.length > 0) {
    throw refusals.validation('Listener ARNs and a load balancer ARN cannot be specified at the same time');
  }
  if (LoadBalancerArn === undefined) {
    return { Listeners: [...new Set(arns)].map((arn) => listenerView(listenerOf(state, caller, arn))) };
  }
  const { arn } = loadBalancerOf(state, caller, LoadBalancerArn);
  const { items, NextMarker } = page(
    input,
    `listeners ${arn}`,
    (after) => state.listeners.ordered('loadBalancer', arn, after),
    (listener) => listener.arn,
  );
  return { Listeners: items.map(listenerView), NextMarker };
};

interface CertificatesInput {
  readonly ListenerArn: string;
  readonly Certificates: readonly { readonly CertificateArn?: string; readonly IsDefault?: boolean }[];
}

function secureListener(
  state: LoadBalancingState,
  caller: Parameters<typeof listenerOf>[1],
  arn: ListenerArn | string,
): Listener {
  const listener = listenerOf(state, caller, arn);
  if (listener.certificates.length > 0) return listener;
  throw refusals.of('UnsupportedProtocol', `Certificates are not supported by ${listener.protocol} listeners`);
}

const addListenerCertificates: CommandRule<CertificatesInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const listener = secureListener(state, context, input.ListenerArn);
    const known = new Set(listener.certificates.map(({ CertificateArn }) => CertificateArn));
    const wanted = new Map(
      input.Certificates.map((given) => checkCertificate(state, context, given)).map((certificate) => [
        certificate.CertificateArn,
        certificate,
      ]),
    );
    const certificates = [...wanted.values()].filter(({ CertificateArn }) => !known.has(CertificateArn));
    const type = listener.protocol === 'HTTPS' ? 'application' : 'network';
    const limit = LIMITS[`certificates-per-${type}-load-balancer`];
    if (known.size + certificates.length > limit) {
      throw refusals.tooMany('TooManyCertificates', `The quota of ${limit} certificates for a listener has been reached`);
    }
    return certificates.length === 0 ? [] : [event('ListenerCertificatesAdded', { arn: listener.arn, certificates })];
  },
  reply: (_state, { Certificates }) => ({
    Certificates: Certificates.map(({ CertificateArn }) => ({ CertificateArn, IsDefault: false })),
  }),
};

const removeListenerCertificates: CommandRule<CertificatesInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const listener = secureListener(state, context, input.ListenerArn);
    const [first] = listener.certificates;
    const wanted = new Set(input.Certificates.map(({ CertificateArn = '' }) => CertificateArn));
    if (wanted.has(first!.CertificateArn)) {
      throw refusals.notPermitted('The default certificate cannot be removed. Replace it by ModifyListener.');
    }
    const certificateArns = listener.certificates.map(({ CertificateArn }) => CertificateArn).filter((arn) => wanted.has(arn));
    return certificateArns.length === 0 ? [] : [event('ListenerCertificatesRemoved', { arn: listener.arn, certificateArns })];
  },
  reply: () => ({}),
};

const describeListenerCertificates: QueryRule<PageInput & { ListenerArn: string }> = (state, input, caller) => {
  const { arn, certificates } = listenerOf(state, caller, input.ListenerArn);
  const { items, NextMarker } = pageOfList(
    input,
    `certificates ${arn}`,
    certificates.map(({ CertificateArn }, index) => ({ CertificateArn, IsDefault: index === 0 })),
  );
  return { Certificates: items, NextMarker };
};

const describeListenerAttributes: QueryRule<{ ListenerArn: string }> = (state, { ListenerArn }, caller) => ({
  Attributes: attributesView(listenerOf(state, caller, ListenerArn)),
});

const modifyListenerAttributes: CommandRule<{ ListenerArn: string; Attributes: readonly AttributeInput[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = listenerOf(state, context, input.ListenerArn);
    const attributes = checkAttributes(known, input.Attributes);
    return Object.keys(attributes).length === 0 ? [] : [event('ListenerAttributesSet', { arn: known.arn, attributes })];
  },
  reply: (state, { ListenerArn: arn }) => ({ Attributes: told(state, arn, attributesView).flat() }),
};

export const listenerCommands: CommandRules = {
  CreateListener: createListener,
  ModifyListener: modifyListener,
  DeleteListener: deleteListener,
  AddListenerCertificates: addListenerCertificates,
  RemoveListenerCertificates: removeListenerCertificates,
  ModifyListenerAttributes: modifyListenerAttributes,
};

export const listenerQueries: QueryRules = {
  DescribeListeners: describeListeners,
  DescribeListenerCertificates: describeListenerCertificates,
  DescribeListenerAttributes: describeListenerAttributes,
};
