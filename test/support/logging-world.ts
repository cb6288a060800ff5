import { logging } from '../../apps/log-aggregator/src/domain/domain.js';
import type { LoggingState } from '../../apps/log-aggregator/src/domain/state.js';
import { ApiWorld } from './api-world.js';
import type { WorldCaller } from './domain-world.js';

/** The `logging` domain without journal, bus or time. */
export class LoggingWorld extends ApiWorld<LoggingState> {
  constructor(scope?: WorldCaller) {
    super(logging, 'log-aggregator', scope);
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
