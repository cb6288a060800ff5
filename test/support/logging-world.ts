import { logging } from '../../apps/log-aggregator/src/domain/domain.js';
import type { LoggingState } from '../../apps/log-aggregator/src/domain/state.js';
import { DomainWorld, type WorldCaller } from './domain-world.js';

/** The `logging` domain without journal, bus or time. */
export class LoggingWorld extends DomainWorld<LoggingState> {
  constructor(scope?: WorldCaller) {
    super(logging, 'log-aggregator', scope);
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

  eventsOf(name: string, input: object = {}): readonly string[] {
    const outcome = this.command(name, input);
    if ('rejection' in outcome) throw new Error(`${name} was refused: ${outcome.rejection.message}`);
    return outcome.events.map(({ type }) => type);
  }

  group(logGroupName: string, more: object = {}): string {
    this.ok('CreateLogGroup', { logGroupName, ...more });
    return logGroupName;
  }

  stream(logGroupName: string, logStreamName: string): string {
    this.ok('CreateLogStream', { logGroupName, logStreamName });
    return logStreamName;
  }
}
