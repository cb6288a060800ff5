import { describe, expect, it } from '@jest/globals';
import { relayPlan, type Standing, type StreamStanding } from './relay-plan.js';

const source = (head: number, journalId = 'j1'): Standing => ({ journalId, head });
const relay = (head: number, more: Partial<StreamStanding> = {}): StreamStanding => ({
  journalId: 'j1',
  head,
  isRelay: true,
  isPart: true,
  ...more,
});
const original = (head: number, more: Partial<StreamStanding> = {}) => relay(head, { isRelay: false, ...more });

const plan = (from: Standing | undefined, stream: StreamStanding | undefined, mayReplace = false) =>
  relayPlan('ecs', 'kurrentdb://db/longshore', from, stream, mayReplace);

describe('what an owner does with a source and a stream', () => {
  it.each([
    ['nothing is there', undefined, undefined, 'begin'],
    ['the broker has lost everything', source(5), undefined, 'make-stream'],
    ['the relay is complete', source(5), relay(5), 'use-stream'],
    ['the relay is behind', source(5), relay(3), 'use-stream'],
    ['the relay is empty', source(5), relay(0), 'use-stream'],
    ['the journal was just copied', source(5), original(5), 'use-stream'],
  ] as const)('%s', (_what, from, stream, step) => {
    expect(plan(from, stream)).toEqual({ step });
    expect(plan(from, stream, true)).toEqual({ step });
  });

  it.each([
    ['the source has gone', undefined, relay(5), /has no journal ecs, and NATS has a relay of it with 5 commits/],
    ['the journal was not copied yet', undefined, original(5), /is in NATS \(5 commits\), and not in kurrentdb:\/\/db/],
    ['the source is another journal', source(5, 'j2'), relay(5), /one is j2, the other j1/],
    ['the source has lost commits', source(3), relay(5), /ends at revision 3, and NATS has commits up to 5/],
    ['other commits are in the relay', source(5), relay(5, { isPart: false }), /different commits at revision 5/],
    ['NATS was written on after the copy', source(5), original(6), /Nothing was changed: NATS may have the only copy/],
  ] as const)('%s: it is refused, with what to do', (_what, from, stream, why) => {
    const { refuse } = plan(from, stream) as { refuse: string };
    expect(refuse).toMatch(why);
    expect(refuse).toContain('./longshore');
  });

  it('makes a wrong relay anew where the operator says so, and never what may be the only copy', () => {
    expect(plan(source(3), relay(5), true)).toEqual({ step: 'replace-stream' });
    expect(plan(source(5, 'j2'), relay(5), true)).toEqual({ step: 'replace-stream' });
    expect(plan(source(3), original(5), true)).toHaveProperty('refuse');
    expect(plan(undefined, relay(5), true)).toHaveProperty('refuse');
  });
});
