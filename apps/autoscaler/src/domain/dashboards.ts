import { refuse } from '#lib/kernel';
import { event } from './events.js';
import { page } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { dashboardKey } from './state.js';

const MOST_DASHBOARDS = 500;
/** A transaction is 256 KiB at most, and a character of JSON in JSON can be two bytes. */
const MOST_BODY_BYTES = 100_000;
const ENTRIES_A_PAGE = 1_000;

const dashboardArn = (accountId: string, name: string): string => `arn:aws:cloudwatch::${accountId}:dashboard/${name}`;

const putDashboard: CommandRule<{ readonly DashboardName: string; readonly DashboardBody: string }> = {
  actors: ITSELF,
  decide(state, { DashboardName: name, DashboardBody: body }, { accountId }) {
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name))
      throw invalid(
        `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
      );
    checkBody(body);
    const known = state.dashboards.get(dashboardKey(accountId, name));
    if (known?.body === body) return [];
    if (!known && state.dashboards.countBy('account', accountId) >= MOST_DASHBOARDS)
      throw invalid(`The maximum number of dashboards, ${MOST_DASHBOARDS}, has been reached.`);
    return [event('DashboardPut', { accountId, name, body })];
  },
  reply: () => ({ DashboardValidationMessages: [] }),
};

function checkBody(body: string): void {
  if (Buffer.byteLength(body) > MOST_BODY_BYTES)
    throw invalid(`The field DashboardBody must not be larger than ${MOST_BODY_BYTES} bytes.`);
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid('The field DashboardBody must be a valid JSON object');
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw invalid('The field DashboardBody must be a valid JSON object');
  const { widgets } = content as { readonly widgets?: unknown };
  if (widgets !== undefined && !Array.isArray(widgets)) throw invalid('The dashboard body is invalid: /widgets should be array');
}

/** One that is not there fails them all. */
const deleteDashboards: CommandRule<{ readonly DashboardNames: readonly string[] }> = {
  actors: ITSELF,
  decide(state, { DashboardNames }, { accountId }) {
    const names = [...new Set(DashboardNames)];
    const missing = names.filter((name) => !state.dashboards.has(dashboardKey(accountId, name)));
    if (missing.length > 0) throw notFound(missing);
    return names.map((name) => event('DashboardDeleted', { accountId, name }));
  },
  reply: () => ({}),
};

const getDashboard: QueryRule<{ readonly DashboardName: string }> = (state, { DashboardName: name }, { accountId }) => {
  const found = state.dashboards.get(dashboardKey(accountId, name));
  if (!found) throw notFound([name]);
  return { DashboardArn: dashboardArn(accountId, name), DashboardName: name, DashboardBody: found.body };
};

const listDashboards: QueryRule<{ readonly DashboardNamePrefix?: string; readonly NextToken?: string }> = (
  state,
  { DashboardNamePrefix: prefix = '', NextToken: token },
  { accountId },
) => {
  const found = [...state.dashboards.ordered('account', accountId)].filter(({ name }) => name.startsWith(prefix));
  const { items, nextToken } = page(found, ({ name }) => name, {
    list: `dashboards ${prefix}`,
    limit: ENTRIES_A_PAGE,
    token,
    badToken: refusals.badTokenValue,
  });
  return {
    DashboardEntries: items.map(({ name, body, modifiedAt }) => ({
      DashboardName: name,
      DashboardArn: dashboardArn(accountId, name),
      LastModified: modifiedAt,
      Size: Buffer.byteLength(body),
    })),
    NextToken: nextToken,
  };
};

const invalid = (message: string) => refuse('DashboardInvalidInputError', message);
const notFound = (names: readonly string[]) => refuse('DashboardNotFoundError', `Dashboard ${names.join(', ')} does not exist`);

export const dashboardCommands: CommandRules = { PutDashboard: putDashboard, DeleteDashboards: deleteDashboards };
export const dashboardQueries: QueryRules = { GetDashboard: getDashboard, ListDashboards: listDashboards };
