import { isApplication } from '../domain/attributes.js';
import { isInUse, loadBalancersOf } from '../domain/lookup.js';
import type { Listener, Target, TargetGroup } from '../domain/model.js';
import type { LoadBalancingState } from '../domain/state.js';
import { backendOf } from './backends.js';
import { backendName, frontendName } from './config-text.js';
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
    this.frontends.begin();
    this.backends.begin();
    for (const listener of state.listeners.values()) {
      const part = this.frontendOf(state, listener, certificateFile);
      if ('reason' in part) refused.push(part);
      else frontends.set(part.name, part);
    }
    const backends = new Map<string, Backend>();
    for (const group of state.targetGroups.values()) {
      if (!isInUse(state, group.arn)) continue;
      const backend = this.backendOf(state, group);
      if (backend) backends.set(backend.name, backend);
    }
    this.frontends.end();
    this.backends.end();
    return { frontends, backends, refused };
  }

  private frontendOf(state: LoadBalancingState, listener: Listener, certificateFile: CertificateFile): Frontend | Refused {
    const loadBalancer = state.loadBalancers.get(listener.loadBalancerArn)!;
    const rules = [...state.rules.by('listener', listener.arn)].sort((a, b) => a.priority - b.priority);
    // Target groups by whether they are there at all; their names never change.
    const used = [listener.defaultActions, ...rules.map(({ actions }) => actions)]
      .flat()
      .flatMap(({ ForwardConfig }) => (ForwardConfig?.TargetGroups ?? []).map((group) => group.TargetGroupArn));
    const files = listener.certificates.map(({ CertificateArn }) => certificateFile(CertificateArn));
    const groups = used.map((arn) => state.targetGroups.get(arn)?.name);
    return this.frontends.of(listener.arn, [loadBalancer, listener, ...rules, ...groups, ...files], () =>
      frontendOf(
        {
          loadBalancer,
          listener,
          rules,
          backendOf: (arn) => {
            const group = state.targetGroups.get(arn);
            return group && backendName(group);
          },
        },
        certificateFile,
      ),
    );
  }

  private backendOf(state: LoadBalancingState, group: TargetGroup): Backend | undefined {
    const loadBalancer = state.loadBalancers.get(loadBalancersOf(state, group.arn)[0]!);
    if (!loadBalancer) return undefined;
    const targets: Target[] = [...state.targets.by('targetGroup', group.arn)];
    return this.backends.of(group.arn, [loadBalancer, group, ...targets], () => backendOf({ group, loadBalancer, targets }));
  }
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

  begin(): void {
    this.next = new Map();
  }

  of(key: string, from: readonly unknown[], make: () => T): T {
    const before = this.known.get(key);
    const same = before?.from.length === from.length && from.every((entity, index) => entity === before.from[index]);
    const entry = same ? before : { from, part: make() };
    this.next.set(key, entry);
    return entry.part;
  }

  end(): void {
    this.known = this.next;
  }
}
