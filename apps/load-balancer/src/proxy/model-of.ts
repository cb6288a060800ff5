import { isApplication } from '../domain/attributes.js';
import type { Action, Listener, LoadBalancer, Rule } from '../domain/model.js';
import { type LoadBalancingState, targetGroupsOf } from '../domain/state.js';
import { backendOf } from './backends.js';
import { frontendName } from './config-text.js';
import { httpFrontend, type ListenerRules } from './http-frontend.js';
import type { Backend, Frontend, ProxyModel, Refused } from './model.js';
import { tcpFrontend } from './tcp-frontend.js';
import { type CertificateFile, tlsOptions } from './tls.js';

export interface ProxyModelInput {
  readonly state: LoadBalancingState;
  readonly certificateFile?: CertificateFile;
}

/**
 * What the state wants of HAProxy. Entities are immutable, so a part whose entities are the same as before is the same object as before
 * (`diff` passes over those): of 500 target groups only the changed one is made anew.
 */
export class ProxyModels {
  private readonly frontends = new Parts<Frontend | Refused>();
  private readonly backends = new Parts<Backend>();

  modelOf({ state, certificateFile = () => undefined }: ProxyModelInput): ProxyModel {
    const refused: Refused[] = [];
    const frontends = new Map<string, Frontend>();
    /** Load balancers by the target groups that they send traffic to: one each. The others are not in use, nor checked. */
    const usedBy = new Map<string, LoadBalancer>();
    for (const listener of state.listeners.values()) {
      const loadBalancer = state.loadBalancers.get(listener.loadBalancerArn)!;
      const rules = [...state.rules.by('listener', listener.arn)];
      if (rules.length > 1) rules.sort((a, b) => a.priority - b.priority);
      for (const arn of groupsOf(listener, listener.defaultActions)) usedBy.set(arn, loadBalancer);
      for (const rule of rules) for (const arn of groupsOf(rule, rule.actions)) usedBy.set(arn, loadBalancer);
      const files = listener.certificates.map(({ CertificateArn }) => certificateFile(CertificateArn));
      const part = this.frontends.of(listener.arn, [loadBalancer, listener, ...rules, ...files], () =>
        frontendOf({ loadBalancer, listener, rules }, certificateFile),
      );
      if ('reason' in part) refused.push(part);
      else frontends.set(part.name, part);
    }
    const backends = new Map<string, Backend>();
    for (const [arn, loadBalancer] of usedBy) {
      const group = state.targetGroups.get(arn);
      if (!group) continue;
      const targets = [...state.targets.by('targetGroup', arn)];
      const backend = this.backends.of(arn, [loadBalancer, group, ...targets], () => backendOf({ group, loadBalancer, targets }));
      backends.set(backend.name, backend);
    }
    this.frontends.end();
    this.backends.end();
    return { frontends, backends, refused };
  }
}

const groups = new WeakMap<object, readonly string[]>();

function groupsOf(entity: Listener | Rule, actions: readonly Action[]): readonly string[] {
  const known = groups.get(entity);
  if (known) return known;
  const made = targetGroupsOf(actions);
  groups.set(entity, made);
  return made;
}

function frontendOf(rules: ListenerRules, certificateFile: CertificateFile): Frontend | Refused {
  const { listener, loadBalancer } = rules;
  const { loadBalancerArn, arn: listenerArn, protocol, endpoints } = listener;
  if (protocol === 'UDP' || protocol === 'TCP_UDP') {
    return { loadBalancerArn, listenerArn, reason: `Longshore's load balancers do not serve ${protocol} listeners.` };
  }
  const name = frontendName(listener);
  const section = isApplication(protocol) ? httpFrontend(name, rules) : tcpFrontend(name, rules);
  const frontend: Frontend = { name, loadBalancerArn, listenerArn, endpoints, bindOptions: '', ...section };
  if (protocol !== 'HTTPS' && protocol !== 'TLS') return frontend;
  const listFile = `${name}.certificates.list`;
  const tls = tlsOptions(listener, loadBalancer, certificateFile, listFile);
  if ('refused' in tls) return { loadBalancerArn, listenerArn, reason: tls.refused };
  return { ...frontend, bindOptions: tls.options, files: new Map([...section.files, [listFile, tls.file]]) };
}

/** Parts of the last model by what they were made from. */
class Parts<T> {
  private known = new Map<string, { readonly from: readonly unknown[]; readonly part: T }>();
  private next = new Map<string, { readonly from: readonly unknown[]; readonly part: T }>();

  of(key: string, from: readonly unknown[], make: () => T): T {
    const before = this.known.get(key);
    const same = before?.from.length === from.length && from.every((entity, index) => entity === before.from[index]);
    const entry = same ? before : { from, part: make() };
    this.next.set(key, entry);
    return entry.part;
  }

  end(): void {
    this.known = this.next;
    this.next = new Map();
  }
}
