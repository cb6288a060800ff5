import type { SendToWriter } from '#lib/app';
import type { Fold } from '#lib/journal';
import type { PublicEvent } from '#lib/kernel';
import { ownCommandOf } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import { logGroupOf } from '../domain/rules/log-target.js';
import type { Rule } from '../domain/rules/model.js';
import { ruleKey } from '../domain/rules/names.js';
import { parsePattern, type Pattern } from '../domain/rules/pattern.js';
import type { SeenEvents } from '../domain/rules/seen.js';
import type { ScalingState } from '../domain/state.js';
import { Rounds } from '../rounds.js';
import { type EventSources, type Source, SOURCES } from './event-sources.js';

export interface EventRulesLoopDeps {
  readonly fold: Pick<Fold<ScalingState>, 'state' | 'subscribe'>;
  readonly sources: Pick<EventSources, 'read' | 'tell'>;
  readonly send: SendToWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const SEND_FOR_MS = 4_000;
/** Of one rule and journal, at one look. */
const MOST_PAGES = 8;
/** How far a rule has read without finding anything is recorded this often: it is read again after a restart. */
const RECORD_EVERY_MS = 60_000;
const ALL = Object.keys(SOURCES) as Source[];

type Read = EventSources['read'];

const ownCommand = ownCommandOf('autoscaler');

/** Where one rule is in one journal. */
interface Place {
  readonly doneUntil: string;
  cursor: string | undefined;
  recordedAtMs: number;
}

/**
 * Tells log groups of the public events that rules' patterns match; only the replica that writes does. Up to where a rule has told of is in
 * the journal, so whoever writes next goes on there: an event may be told twice, and none is left out.
 */
export class EventRulesLoop {
  private readonly rounds: Rounds<ScalingState>;
  /** By ruleKey() and journal. */
  private readonly places = new Map<string, Place>();
  private readonly patterns = new Map<string, Pattern>();

  constructor(private readonly deps: EventRulesLoopDeps) {
    this.rounds = new Rounds({ ...deps, waking: new Set(['RulePut', 'RuleTargetsPut']), round: () => this.round() });
  }

  start(): void {
    // Somebody else may have told of more meanwhile.
    this.places.clear();
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
  }

  async round(): Promise<void> {
    const rules = [...this.deps.fold.state.rules.values()].filter(
      ({ settings, targets }) => settings.eventPattern !== undefined && settings.isEnabled && targets.length > 0,
    );
    const known = new Set(rules.flatMap((rule) => ALL.map((source) => placeKey(rule, source))));
    for (const key of this.places.keys()) if (!known.has(key)) this.places.delete(key);
    const used = new Set(rules.map(({ settings }) => settings.eventPattern!));
    for (const text of this.patterns.keys()) if (!used.has(text)) this.patterns.delete(text);
    const read = this.reading();
    await Promise.all(rules.flatMap((rule) => ALL.map((source) => this.follow(rule, source, read))));
  }

  /** Most rules of an account are at the same place, where nothing follows: it is read once for all of them, in one round. */
  private reading(): Read {
    const reads = new Map<string, ReturnType<Read>>();
    return ({ accountId, region }, source, after) => {
      const key = JSON.stringify([accountId, region, source, after]);
      const known = reads.get(key) ?? this.deps.sources.read({ accountId, region }, source, after);
      reads.set(key, known);
      return known;
    };
  }

  private async follow(rule: Rule, source: Source, read: Read): Promise<void> {
    const place = this.placeOf(rule, source);
    for (let page = 0, isMore = true; isMore && page < MOST_PAGES; page++) {
      const found = await read(rule, source, place.cursor);
      if (!found) return;
      const matching = found.events.filter((event) => event.time >= rule.doneUntil && this.patternOf(rule)(event));
      if (matching.length > 0 && !(await this.tell(rule, matching))) return;
      const isNew = place.cursor === undefined;
      const moved = place.cursor !== found.cursor;
      place.cursor = found.cursor;
      isMore = !found.caughtUp;
      const isLongAgo = this.deps.clock.monotonicMs() >= place.recordedAtMs + RECORD_EVERY_MS;
      if (isNew || matching.length > 0 || (moved && isLongAgo)) await this.record(rule, source, place);
    }
  }

  private placeOf(rule: Rule, source: Source): Place {
    const key = placeKey(rule, source);
    const known = this.places.get(key);
    if (known?.doneUntil === rule.doneUntil) return known;
    const place = { doneUntil: rule.doneUntil, cursor: rule.cursors?.[source], recordedAtMs: this.deps.clock.monotonicMs() };
    this.places.set(key, place);
    return place;
  }

  private patternOf({ settings }: Rule): Pattern {
    const text = settings.eventPattern!;
    const pattern = this.patterns.get(text) ?? parsePattern(text);
    this.patterns.set(text, pattern);
    return pattern;
  }

  /** False: one of the groups cannot be reached now, and all are told again. A group that refuses them is passed over, loudly. */
  private async tell(rule: Rule, events: readonly PublicEvent[]): Promise<boolean> {
    for (const { given } of rule.targets) {
      const told = await this.deps.sources.tell(rule, logGroupOf(rule, given.Arn)!, events);
      const about = { rule: ruleKey(rule), targetId: given.Id, events: events.length };
      if ('unavailable' in told) {
        this.deps.logger.warn(
          { ...about, reason: told.unavailable },
          'events of a rule were not told; the next round tries again',
        );
        return false;
      }
      if ('refused' in told)
        this.deps.logger.warn({ ...about, reason: told.refused }, 'events of a rule were refused by their target');
    }
    return true;
  }

  private async record({ accountId, region, name, doneUntil }: Rule, source: Source, place: Place): Promise<void> {
    const { send, random, clock, logger } = this.deps;
    const seen: SeenEvents = { accountId, region, name, doneUntil, cursors: { [source]: place.cursor! } };
    const command = { name: 'RecordSeenEvents', ...ownCommand(random, 'RecordSeenEvents', { seen: [seen] }) };
    const reply = await send(command, clock.monotonicMs() + SEND_FOR_MS);
    if ('output' in reply) place.recordedAtMs = clock.monotonicMs();
    else logger.warn({ reply }, 'where a rule is in the events was not recorded');
  }
}

const placeKey = (rule: Rule, source: Source): string => `${ruleKey(rule)} ${source}`;
