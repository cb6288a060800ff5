import type { HttpRequest, ParsedSignature } from '#lib/aws-api';
import { isRead } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Clock, Logger } from '#lib/platform';
import type { Caller } from './authenticator.js';

/** Between two lines about refused authentications: a stranger who tries keys fills no disk. */
const PAUSE_MS = 1_000;

/** Who changed what with which key from where, and who was refused: lines of the gateway's log. */
export class AuditLog {
  private nextRefusalAtMs = -Infinity;
  private untold = 0;

  constructor(private readonly deps: { readonly clock: Clock; readonly logger: Logger }) {}

  /** Reads are not told: the metrics count them. */
  changed(
    { peer }: HttpRequest,
    { accessKeyId, principalArn: principal, accountId, region }: Caller,
    call: { readonly service: string; readonly operation: string; readonly requestId: string; readonly status: number },
  ): void {
    if (isRead(call.operation)) return;
    this.deps.logger.info(
      { audit: 'change', ...call, accessKeyId, principal, accountId, region, peer },
      'a change was asked for',
    );
  }

  /** At most one line a second; what came between is counted in the next. */
  refused({ peer }: HttpRequest, parsed: ParsedSignature, { code }: Rejection): void {
    const { clock, logger } = this.deps;
    if (clock.monotonicMs() < this.nextRefusalAtMs) {
      this.untold += 1;
      return;
    }
    this.nextRefusalAtMs = clock.monotonicMs() + PAUSE_MS;
    const accessKeyId = 'signature' in parsed ? parsed.signature.accessKeyId : undefined;
    logger.warn({ audit: 'refused', code, accessKeyId, peer, untold: this.untold }, 'an authentication was refused');
    this.untold = 0;
  }
}
