import type { CommandRules, QueryRules } from '../rule-types.js';
import { recordSetCommands, recordSetQueries } from './record-sets.js';
import { hostedZoneCommands, hostedZoneQueries } from './zones.js';

/** Route 53's rules. */
export const zoneCommands: CommandRules = { ...hostedZoneCommands, ...recordSetCommands };
export const zoneQueries: QueryRules = { ...hostedZoneQueries, ...recordSetQueries };
