import type { SearchConnection, ServerRequest } from './connection.js';
import { containersTemplate, ilmPolicy, ismPolicy, type Layout, linesTemplate } from './layout.js';

interface Info {
  readonly version: { readonly number: string; readonly distribution?: string };
}

/**
 * Templates of the indexes, and the policy by which the server deletes old ones. The same again changes nothing; what is there of an earlier version
 * of Longshore is replaced, and holds for the indexes of the days that follow.
 */
export async function setUp(connection: SearchConnection, layout: Layout, keptDays: number | undefined): Promise<void> {
  const { body: info } = await connection.request<Info>({ method: 'GET', path: [] });
  const isOpenSearch = info.version.distribution === 'opensearch';
  if (keptDays !== undefined) await (isOpenSearch ? putIsm(connection, layout, keptDays) : putIlm(connection, layout, keptDays));
  const lifecycle = keptDays !== undefined && !isOpenSearch ? layout.policy : undefined;
  const templates = { lines: linesTemplate(layout, lifecycle), containers: containersTemplate(layout) };
  for (const [name, body] of Object.entries(templates))
    await connection.request({ method: 'PUT', path: ['_index_template', `${layout.prefix}-${name}`], body });
}

async function putIlm(connection: SearchConnection, layout: Layout, days: number): Promise<void> {
  await connection.request({ method: 'PUT', path: ['_ilm', 'policy', layout.policy], body: ilmPolicy(days) });
}

/** A policy of ISM is replaced only by who says which one he has seen; another aggregator may do the same at this moment (409). */
async function putIsm(connection: SearchConnection, layout: Layout, days: number): Promise<void> {
  const path = ['_plugins', '_ism', 'policies', layout.policy];
  const { status, body } = await connection.request<{ readonly _seq_no: number; readonly _primary_term: number }>({
    method: 'GET',
    path,
    expects: [404],
  });
  const query: ServerRequest['query'] = status === 404 ? {} : { if_seq_no: body._seq_no, if_primary_term: body._primary_term };
  await connection.request({ method: 'PUT', path, query, body: ismPolicy(layout, days), expects: [409] });
}
