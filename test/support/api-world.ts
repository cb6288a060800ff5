import { DomainWorld } from './domain-world.js';

/** A domain by the names and answers of its API: what has to succeed, what is asked, and what is refused in which words. */
export class ApiWorld<S> extends DomainWorld<S> {
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
}
