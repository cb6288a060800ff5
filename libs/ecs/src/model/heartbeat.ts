import type { Generation } from './agent-protocol.js';

/**
 * `heartbeat`: published without a reply, but for the one in many with which the agent asks how often it shall come: a `HeartbeatReply`.
 * As long as it says the same it is the same bytes, so that who hears thousands of hosts reads it once.
 */
export interface Heartbeat {
  /** Since when it says this. */
  readonly at: string;
  /** Rises by one with each change of what one agent process says. */
  readonly sequence: number;
  /** Of the newest assignment that it has: what was committed once, whatever the journal says now. */
  readonly assigned?: Generation;
  /** The agent lives, its container engine does not answer: what runs there counts, and nothing new is placed there. */
  readonly engineAway?: boolean;
  /** The next one comes within so many milliseconds. Absent: within `HEARTBEAT_INTERVAL_MS`, of agents that cannot do otherwise, too. */
  readonly everyMs?: number;
}
export interface HeartbeatReply {
  readonly everyMs: number;
}

/** Of an agent that was told nothing else. */
export const HEARTBEAT_INTERVAL_MS = 1_000;
/** Nobody may promise to be silent for longer, nor be told to. */
export const LONGEST_HEARTBEAT_INTERVAL_MS = 30_000;
/**
 * An agent says so many times that it will come less often before it does. Who has heard none of them has heard nothing for as long as
 * makes an agent silent (`silentAfterMs` of the shorter interval).
 */
export const SAID_BEFORE_SLOWER = 5;
/** How long what an agent was told counts; then nobody is there who knows of it (any more). */
export const INTERVAL_HELD_MS = 120_000;
/** Of all hosts together: what they cost a control plane is bounded, whatever their number. */
export const HEARTBEATS_PER_SECOND = 1_000;

/** So that so many hosts together say no more than that. */
export const heartbeatIntervalMs = (hosts: number, perSecond = HEARTBEATS_PER_SECOND): number =>
  Math.min(LONGEST_HEARTBEAT_INTERVAL_MS, Math.max(HEARTBEAT_INTERVAL_MS, Math.ceil((hosts * 1_000) / perSecond)));

/** How long after its last heartbeat an agent is silent: one may be lost, and the next 2 s late. At an interval of one second that is three missed. */
export const silentAfterMs = (everyMs: number): number => 2 * everyMs + 2_000;
