import { createHash } from 'node:crypto';
import { loadBalancing } from '../../apps/load-balancer/src/domain/domain.js';
import type { LoadBalancingState } from '../../apps/load-balancer/src/domain/state.js';
import { type Decided, DomainWorld, type WorldCaller } from './domain-world.js';

export const PLACEMENT = { ownRange: '127.1.0.0/16', containerRange: '100.65.0.0/16', dnsSuffix: 'longshore.internal' };

const DEFAULTS: Readonly<Record<string, object>> = { CreateLoadBalancer: { placement: PLACEMENT } };

/** The `load-balancing` domain without journal, bus or time, and a load balancer with what belongs to it. */
export class LoadBalancingWorld extends DomainWorld<LoadBalancingState> {
  constructor(scope?: WorldCaller) {
    super(loadBalancing, 'load-balancer', scope);
  }

  override command(name: string, input: unknown, actor?: string, id?: string, caller?: WorldCaller): Decided {
    return super.command(name, { ...DEFAULTS[name], ...(input as object) }, actor, id, caller);
  }

  /** The answer, or `Code: words`. */
  ok(name: string, input: object = {}): any {
    return this.given(name, input);
  }

  ask(name: string, input: object = {}): any {
    const answer = this.query<any>(name, input);
    if (answer?.rejection) throw new Error(`${name} was refused: ${answer.rejection.message}`);
    return answer;
  }

  refusal(name: string, input: object = {}, caller: WorldCaller = this.scope): string | undefined {
    const answer = (
      name in this.domain.queries ? this.query(name, input, caller) : this.command(name, input, undefined, undefined, caller)
    ) as { rejection?: { code: string; message: string } };
    return answer?.rejection && `${answer.rejection.code}: ${answer.rejection.message}`;
  }

  eventsOf(name: string, input: object = {}): readonly string[] {
    const outcome = this.command(name, input);
    if ('rejection' in outcome) throw new Error(`${name} was refused: ${outcome.rejection.message}`);
    return outcome.events.map(({ type }) => type);
  }

  loadBalancer(Name = 'web', more: object = {}): string {
    return this.ok('CreateLoadBalancer', { Name, ...more }).LoadBalancers[0].LoadBalancerArn;
  }

  /** Imported as the app does it after it has read what was given; its key could never be unsealed. */
  certificate(name = 'web.example', CertificateArn?: string): string {
    const facts = {
      domainName: name,
      subjectAlternativeNames: [name],
      serial: '01',
      subject: `CN=${name}`,
      issuer: 'CN=authority',
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2036-01-01T00:00:00.000Z',
      keyAlgorithm: 'RSA_2048',
      fingerprint: createHash('sha256').update(name).digest('hex'),
    };
    return this.ok('ImportCertificate', { CertificateArn, facts, body: 'the certificate', sealedKey: 'sealed' }).CertificateArn;
  }

  targetGroup(Name = 'web', more: object = {}): string {
    const [group] = this.ok('CreateTargetGroup', { Name, Protocol: 'HTTP', Port: 80, TargetType: 'ip', ...more }).TargetGroups;
    return group.TargetGroupArn;
  }

  listener(LoadBalancerArn: string, TargetGroupArn: string, more: object = {}): string {
    const DefaultActions = [{ Type: 'forward', TargetGroupArn }];
    const input = { LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions, ...more };
    return this.ok('CreateListener', input).Listeners[0].ListenerArn;
  }

  rule(ListenerArn: string, Priority: number, TargetGroupArn: string, more: object = {}): string {
    const Conditions = [{ Field: 'path-pattern', Values: [`/${Priority}/*`] }];
    const Actions = [{ Type: 'forward', TargetGroupArn }];
    return this.ok('CreateRule', { ListenerArn, Priority, Conditions, Actions, ...more }).Rules[0].RuleArn;
  }

  /** `healthy`, or `unhealthy Target.Timeout`, by `id:port`. */
  health(TargetGroupArn: string): Record<string, string> {
    return Object.fromEntries(
      this.ask('DescribeTargetHealth', { TargetGroupArn }).TargetHealthDescriptions.map(
        ({ Target, TargetHealth: { State, Reason } }: any) => [
          `${Target.Id}:${Target.Port}`,
          [State, Reason].filter(Boolean).join(' '),
        ],
      ),
    );
  }

  /** As the data plane reports it. */
  becomes(state: string, targetGroupArn: string, more: { id?: string; reason?: string } = {}): void {
    const transitions = [...this.state.targets.by('targetGroup', targetGroupArn)]
      .filter(({ id }) => more.id === undefined || id === more.id)
      .map(({ id, port, registeredAt }) => ({ targetGroupArn, id, port, registeredAt, state, reason: more.reason }));
    this.given('RecordTargetHealth', { transitions });
  }

  /** 16 hex digits that are nobody's. */
  static nobody(of: string): string {
    return createHash('sha256').update(of).digest('hex').slice(0, 16);
  }
}
