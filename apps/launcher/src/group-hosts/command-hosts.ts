import type { HostAnswer, HostToStart } from '#lib/ecs/model';
import { GROUP_ATTRIBUTE } from '#lib/ecs/model';
import { lastLine, run } from '../host/command.js';
import type { ListenAddress } from '../host/domain/listen-address.js';
import type { Layout } from '../host/layout.js';
import { FIRST_ACCOUNT } from '../host/secrets.js';
import { revoked } from '../joining/domain/enrolment.js';
import { readHost, writeHost } from '../joining/host-records.js';
import { brokersOf, makeJoinToken } from '../joining/make-join-token.js';
import type { HostKeeper } from './host-keeper.js';

export const HOST_COMMAND_VARIABLE = 'LONGSHORE_GROUP_HOST_COMMAND';

/** What it does not do in this time it is ended in, and asked again: starting a machine is one call of a cloud, not its boot. */
const COMMAND_MS = 60_000;
/** A machine boots and installs until it joins. */
const TOKEN_MS = 60 * 60_000;

/**
 * Hosts by the operator's command, wherever they are: `<command> start|end|list`, what it needs in its environment
 * (docs/how-to/capacity-providers.md). It is asked again for what was not answered, with the same instance id.
 */
export class CommandHosts implements HostKeeper {
  /**
   * Of hosts that have not joined, by instance id. A start that is asked again, because its answer was lost or the command took too long, is of
   * a machine that may have its token already: another one would make that useless, and the machine would never join.
   */
  private readonly tokens = new Map<string, { readonly token: string; readonly expiresAt: string }>();

  constructor(
    private readonly layout: Layout,
    private readonly command: string,
    private readonly options: {
      /** Where other hosts reach the broker now; undefined: nowhere. */
      readonly listen: () => ListenAddress | undefined;
      /** Lets the broker refuse whom the records of hosts say. */
      readonly refuseRevoked: () => Promise<void>;
    },
  ) {}

  async start({ instanceId, accountId, region, group, cluster, launch }: HostToStart): Promise<HostAnswer> {
    const listen = this.options.listen();
    if (!listen)
      return { refusal: 'Other hosts cannot reach this one: ./longshore up --listen <address> opens the way for them.' };
    if (accountId !== FIRST_ACCOUNT) return { refusal: `Hosts join for the account ${FIRST_ACCOUNT} only.` };
    const known = readHost(this.layout, instanceId);
    if (known?.joinedAt) {
      this.tokens.delete(instanceId);
      return { done: true };
    }
    const before = this.tokens.get(instanceId);
    const isGood = before?.expiresAt === known?.tokenExpiresAt && Date.parse(before?.expiresAt ?? '') > Date.now() + TOKEN_MS / 2;
    const made = isGood
      ? before!
      : await makeJoinToken(this.layout, {
          agent: { accountId, region, instanceId },
          cluster,
          brokers: brokersOf(listen, undefined),
          grant: { attributes: { [GROUP_ATTRIBUTE]: group, 'ecs.availability-zone': `${region}a` } },
          lifetimeMs: TOKEN_MS,
          ...(known ? { known } : {}),
        });
    this.tokens.set(instanceId, made);
    return this.ask('start', {
      LONGSHORE_HOST_INSTANCE_ID: instanceId,
      LONGSHORE_HOST_GROUP: group,
      LONGSHORE_HOST_CLUSTER: cluster,
      LONGSHORE_HOST_TOKEN: made.token,
      LONGSHORE_HOST_LAUNCH: JSON.stringify(launch),
    });
  }

  /** Shut out when it is ended: it may be reporting until then. */
  async end(instanceId: string): Promise<HostAnswer> {
    this.tokens.delete(instanceId);
    const answer = await this.ask('end', { LONGSHORE_HOST_INSTANCE_ID: instanceId });
    const record = readHost(this.layout, instanceId);
    if (!('done' in answer) || !record) return answer;
    writeHost(this.layout, revoked(record, new Date().toISOString()));
    await this.options.refuseRevoked();
    return answer;
  }

  async list(): Promise<readonly string[]> {
    const { code, stdout, output } = await this.run('list', {});
    if (code !== 0) throw new Error(this.sentence('list', code, output));
    return stdout.split(/\s+/).filter((word) => /^[0-9a-f]{32}$/.test(word));
  }

  private async ask(verb: 'start' | 'end', more: Record<string, string>): Promise<HostAnswer> {
    const { code, output } = await this.run(verb, more);
    if (code === 0) return { done: true };
    const sentence = this.sentence(verb, code, output);
    // What is not started is given up, and another one is started in its place; what is not ended is to be ended still.
    return verb === 'start' && code !== ENDED ? { refusal: sentence } : { unavailable: sentence };
  }

  private run(verb: string, more: Record<string, string>) {
    return run(this.command, [verb], { env: { ...process.env, ...more }, timeout: COMMAND_MS });
  }

  private sentence(verb: string, code: number, output: string): string {
    const said = lastLine(output).slice(0, 255);
    const how = code === ENDED ? `was ended after ${COMMAND_MS / 1_000} s` : `exited with ${code}`;
    return `${this.command} ${verb} ${how}${said ? `: ${said}` : ''}`;
  }
}

/** As `run` tells a program that a signal has ended. */
const ENDED = 128;
