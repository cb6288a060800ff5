import { network } from '../../apps/network/src/domain/domain.js';
import type { NetworkState } from '../../apps/network/src/domain/state.js';
import { DomainWorld, type WorldCaller } from './domain-world.js';

/** The `network` domain without journal, bus or time. */
export class NetworkWorld extends DomainWorld<NetworkState> {
  constructor(scope?: WorldCaller) {
    super(network, 'network', scope);
  }

  ok(name: string, input: object = {}): any {
    return this.given(name, input);
  }

  ask(name: string, input: object = {}): any {
    const answer = this.query<any>(name, input);
    if (answer?.rejection) throw new Error(`${name} was refused: ${answer.rejection.message}`);
    return answer;
  }

  /** `Code: words`. */
  refusal(name: string, input: object = {}): string | undefined {
    const answer = (name in this.domain.queries ? this.query(name, input) : this.command(name, input)) as {
      rejection?: { code: string; message: string };
    };
    return answer?.rejection && `${answer.rejection.code}: ${answer.rejection.message}`;
  }
}
