import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { EcsState } from '#lib/ecs/model';
import type { Clock, Logger, Random } from '#lib/platform';
import type { AccessKeyMint } from './api/access-key-mint.js';
import type { SendToWriter } from '#lib/app';

const credentials = z.object({ accountId: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() });
const TIMEOUT_MS = 10_000;

/**
 * Makes the installation's first access key true, once: without it nobody could sign the request that creates the first one. Where there is
 * an account, there was one, and a key that is not there has been deleted: it must not come back.
 */
export async function ensureBootstrapKey(
  file: string,
  deps: { state: EcsState; send: SendToWriter; mint: AccessKeyMint; clock: Clock; random: Random; logger: Logger },
): Promise<void> {
  const first = credentials.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (deps.state.accounts.size > 0) {
    if (!deps.state.accessKeys.has(first.accessKeyId))
      deps.logger.warn({ accessKeyId: first.accessKeyId }, "the launcher's access key was deleted; it is not made again");
    return;
  }
  const { secretAccessKey: _secret, ...input } = deps.mint.seal(first);
  const id = deps.random.hex(16);
  const reply = await deps.send(
    {
      id,
      name: 'CreateAccessKey',
      principal: input.principalArn,
      accountId: first.accountId,
      region: 'us-east-1',
      requestId: id,
      operation: 'Bootstrap',
      input,
    },
    deps.clock.monotonicMs() + TIMEOUT_MS,
  );
  if ('output' in reply) deps.logger.info({ accessKeyId: first.accessKeyId }, 'the first access key exists');
  else deps.logger.warn({ reply }, 'the first access key could not be made; the next promotion tries again');
}
