import type { Clock } from '#lib/platform';
import { StoreUnavailable } from '../log-store.js';
import type { SearchConnection } from './connection.js';
import type { LineDocument } from './layout.js';

export interface IdentifiedLine {
  readonly id: string;
  readonly index: string;
  readonly line: LineDocument;
}

interface BulkAnswer {
  readonly errors: boolean;
  readonly items: readonly {
    readonly create: { readonly status: number; readonly error?: { readonly type: string; readonly reason?: string } };
  }[];
}

/** What a server that has too much to do is asked again after; then whoever sent the lines is told to come again. */
const PAUSES_MS = [100, 400];

/**
 * Resolves when every line is durable. A line is created under its own id: one that is there already (409) was taken by an earlier try. Some may be
 * taken and others not when it rejects: the next try takes the rest.
 */
export async function createAll(
  connection: SearchConnection,
  lines: readonly IdentifiedLine[],
  clock: Pick<Clock, 'sleep'>,
): Promise<void> {
  let left = lines;
  for (let attempt = 0; left.length > 0; attempt++) {
    const { body } = await connection.request<BulkAnswer>({
      method: 'POST',
      path: ['_bulk'],
      lines: left.flatMap(({ id, index, line }) => [{ create: { _index: index, _id: id } }, line]),
    });
    if (!body.errors) return;
    if (body.items.length !== left.length) throw new Error(`${body.items.length} of ${left.length} lines were answered`);
    left = left.filter((_line, at) => isWaiting(body.items[at]!.create));
    if (left.length === 0) return;
    if (attempt === PAUSES_MS.length)
      throw new StoreUnavailable('The server that has the lines has too much to do; they are taken later.');
    await clock.sleep(PAUSES_MS[attempt]!);
  }
}

/** Throws what will never be taken. `cluster_block_exception`: a disk is full there, or somebody forbids writing; Elasticsearch 7 said 403. */
function isWaiting({ status, error }: BulkAnswer['items'][number]['create']): boolean {
  if (status === 201 || status === 409) return false;
  if (status === 429 || status === 503 || error?.type.endsWith('_block_exception')) return true;
  throw new Error(`a line was answered ${status}: ${error?.type}: ${error?.reason}`);
}
