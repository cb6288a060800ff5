import type { ShareLimits } from './shares/account-shares.js';
import { DEFAULT_RATES } from './shares/request-classes.js';

/** Every bound of the gateway, so that a test can make them small. */
export interface Limits {
  /** From the first byte to the answer: what a caller waits at most. */
  readonly deadlineMs: number;
  /**
   * How long one request on the bus waits. An app that dies with a request in hand says nothing; another replica gets the same
   * request id then, and what was already done is answered again, not done again.
   */
  readonly attemptTimeoutMs: number;
  /** The request body, before and after decompression. */
  readonly maxBodyBytes: number;
  /** The same, of services that take batches of text (`takesLargeBodies`). Less than the broker's largest message. */
  readonly largestBodyBytes: number;
  /** Of `GET /events`, at one gateway; of one account half of them. */
  readonly maxEventReaders: number;
  /** Answers that are streams (`StartLiveTail`), at one gateway. */
  readonly maxStreams: number;
  /** As AWS bounds live tails: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
  readonly maxStreamsOfAccount: number;
  /** Of one account. */
  readonly shares: ShareLimits;
  /** Open connections, in all and of one address (behind a proxy all have its). */
  readonly maxConnections: number;
  readonly maxConnectionsOfAddress: number;
}

export const DEFAULT_LIMITS: Limits = {
  deadlineMs: 10_000,
  attemptTimeoutMs: 4_000,
  maxBodyBytes: 1024 * 1024,
  // A full PutLogEvents is a megabyte of text; as JSON, with every sign beyond ASCII escaped, up to six times that.
  largestBodyBytes: 7 * 1024 * 1024,
  maxEventReaders: 2_000,
  maxStreams: 500,
  maxStreamsOfAccount: 15,
  // More than any client's pool: what is beyond waits for the control plane, and others wait behind it.
  shares: { rates: DEFAULT_RATES, inFlight: 512 },
  maxConnections: 8_192,
  maxConnectionsOfAddress: 4_096,
};

/** Of an error's sentence. */
export const MAX_MESSAGE_CHARACTERS = 2_048;

/** Between attempts. */
export const PAUSES = { firstMs: 20, longestMs: 500 };
