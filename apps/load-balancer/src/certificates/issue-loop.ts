import { DueLoop, type SendToWriter } from '#lib/app';
import type { Commit, Fold } from '#lib/journal';
import { ownCommandOf } from '#lib/messaging';
import { type Clock, type Logger, type Random, sealSecret, unsealSecret } from '#lib/platform';
import type { CertificateRequest } from '../domain/certificates/model.js';
import { isDue } from '../domain/certificates/requests.js';
import { THE_AUTHORITY } from '../domain/certificates/tables.js';
import type { LoadBalancingState } from '../domain/state.js';
import type { Authority, SignedCertificate } from './authority.js';
import { readCertificate } from './read-certificate.js';

const ownCommand = ownCommandOf('load-balancer');

/** Finds those that are to be renewed. */
const SLOW_PASS_MS = 60_000;
const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 10;

export interface IssueLoopDeps {
  readonly own: Pick<Fold<LoadBalancingState>, 'state' | 'subscribe' | 'nowMs'>;
  readonly send: SendToWriter;
  readonly authority: Authority;
  readonly masterKey: Uint8Array;
  readonly isWriter: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Issues certificates that were requested once DNS shows that their names are their owners', and issues them again before they expire. */
export class IssueLoop {
  private readonly loop: DueLoop;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly deps: IssueLoopDeps) {
    this.loop = new DueLoop({
      ...deps,
      all: () => this.requested(),
      round: (arns) => this.round(arns),
      slowPassMs: SLOW_PASS_MS,
      mostAtOnce: MOST_AT_ONCE,
      failure: 'a certificate was not issued',
    });
  }

  start(): void {
    this.unsubscribe = this.deps.own.subscribe((commit) => {
      if (concerns(commit)) this.loop.look(this.requested());
    });
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    await this.loop.stop();
  }

  private requested(): readonly string[] {
    const { own } = this.deps;
    const atMs = own.nowMs();
    return [...own.state.certificateRequests.values()].filter((one) => isDue(own.state, one, atMs)).map(({ arn }) => arn);
  }

  private async round(arns: readonly string[]): Promise<readonly string[]> {
    const { own } = this.deps;
    const again: string[] = [];
    for (const arn of arns) {
      const wanted = own.state.certificateRequests.get(arn);
      if (!wanted || !isDue(own.state, wanted, own.nowMs())) continue;
      const issuer = await this.issuer();
      if (!issuer || !(await this.issue(wanted, issuer))) again.push(arn);
    }
    return again;
  }

  private async issue(wanted: CertificateRequest, issuer: SignedCertificate): Promise<boolean> {
    const { authority, masterKey, clock } = this.deps;
    const { arn, subjectAlternativeNames, keyAlgorithm } = wanted;
    const made = await authority.issue(issuer, subjectAlternativeNames, keyAlgorithm);
    const facts = readCertificate({ ...made, chain: issuer.body }, new Date(clock.now()));
    const sealedKey = sealSecret(masterKey, facts.fingerprint, made.privateKey);
    return this.told('RecordIssuedCertificate', { arn, ...facts, body: made.body, chain: issuer.body, sealedKey }, wanted);
  }

  /** The installation's, made when it is first needed; undefined until it is recorded. */
  private async issuer(): Promise<SignedCertificate | undefined> {
    const { own, authority, masterKey, clock } = this.deps;
    const known = own.state.certificateAuthorities.get(THE_AUTHORITY);
    if (!known) {
      const made = await authority.makeAuthority();
      const { fingerprint } = readCertificate(made, new Date(clock.now()));
      const sealedKey = sealSecret(masterKey, fingerprint, made.privateKey);
      await this.told('RecordCertificateAuthority', { body: made.body, fingerprint, sealedKey });
      return undefined;
    }
    const privateKey = unsealSecret(masterKey, known.fingerprint, known.sealedKey);
    if (privateKey === undefined) throw new Error('the key of the certificate authority was sealed with another master key');
    return { body: known.body, privateKey };
  }

  private async told(name: string, input: object, scope?: CertificateRequest): Promise<boolean> {
    const { send, clock, random } = this.deps;
    const command = { ...ownCommand(random, name, input, scope), name };
    return 'output' in (await send(command, clock.monotonicMs() + SEND_FOR_MS));
  }
}

const CONCERN = new Set([
  'CertificateRequested',
  'RecordSetsChanged',
  'HostedZoneCreated',
  'HostedZoneDeleted',
  'CertificateAuthorityMade',
]);

const concerns = ({ transactions }: Commit): boolean =>
  transactions.some(({ events }) => events.some(({ type }) => CONCERN.has(type)));
