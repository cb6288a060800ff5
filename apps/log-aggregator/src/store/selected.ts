import { compileFilterPattern } from '../domain/filter-pattern/compile.js';
import type { Filter } from '../domain/filter-pattern/filter.js';
import { compileSearchQuery } from '../domain/search-query/compile.js';
import type { Selection } from './log-store.js';

/** Which messages of a selection are meant: by a filter pattern or by a search query. */
export const filterOf = ({ pattern, query }: Pick<Selection, 'pattern' | 'query'>): Filter =>
  query === undefined ? compileFilterPattern(pattern) : compileSearchQuery(query);

export const binOf = (timestamp: number, binMs: number): number => Math.floor(timestamp / binMs) * binMs;
