import { Command, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CopyPlaces } from './commands/journal-copy.js';
import type { CreateFlags } from './commands/credentials.js';
import type { DownOptions } from './commands/down.js';
import type { EventsOptions } from './commands/events.js';
import { UserFault } from './terminal/fault.js';
import type { JoinTokenOptions } from './commands/join-token.js';
import type { JournalOptions } from './commands/journal.js';
import { checkData, COMPILED, layoutOf } from './host/layout.js';
import type { LogsOptions } from './commands/logs.js';
import { warn } from './terminal/terminal.js';
import type { TopOptions } from './commands/top.js';
import type { UpOptions } from './commands/up-options.js';

const main = fileURLToPath(import.meta.url);
// dist/apps/launcher/src/main.js
const root = resolve(main, '../../../../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
const layout = layoutOf(root, process.env.LONGSHORE_DATA && resolve(process.env.LONGSHORE_DATA));

// A reader that goes away (`| head`) ends a command as a terminal that goes away would; the supervisor then stops in order.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    process.kill(process.pid, 'SIGHUP');
  });

// Each command loads only what it needs: the supervisor stays for days, and `status` shall answer at once.
enableCompileCache(join(root, COMPILED));

/** What an action returns is the exit code. */
const exitWith =
  <A extends unknown[]>(action: (...args: A) => Promise<number | void> | number | void) =>
  async (...args: A) => {
    process.exitCode = (await action(...args)) ?? 0;
  };

/** The same, and at once: what a signal has interrupted (a download, a wait) holds up no end. */
const endWith =
  <A extends unknown[]>(action: (...args: A) => Promise<number>) =>
  async (...args: A) =>
    process.exit(await action(...args));

const repeated = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(',')];

const program = new Command('longshore')
  .description('Amazon ECS for your own hosts.')
  .version(version)
  .hook('preAction', () => checkData(layout))
  .enablePositionalOptions()
  .showHelpAfterError('(./longshore help shows what there is)');

program
  .command('up')
  .description('make everything that is missing and run Longshore on this host')
  .option('-d, --detach', 'in the background, once it is ready')
  .option('--port <port>', 'port of the API (default 4566)')
  .option('--scale <app=n,…>', 'replicas, for example scheduler=2,state-store=2; also changes a running system')
  .option('--agents <n>', 'container instances on this host, each with an equal share of it')
  .option('--simulate <n>', 'simulated container instances, which need no Docker Engine')
  .option('--listen <address>', 'let other hosts join, by TLS at this address of this machine; "off" takes it back')
  .option('--join <token>', 'run only an agent, of the host whose join-token this is (or a file with it, or -)')
  .option('--address <address>', "where this host's tasks publish their ports; default: loopback, on a joined host its own")
  .option('--allow <what>', 'what containers may reach of this host: all, none, or privileged,network,path=/srv,… (see docs)')
  .option('--region <name>', "of this installation's hosts, and of its commands (default us-east-1); said by its first up")
  .option('--accept-loss-since <revision>', 'go on although the journal has lost what Longshore says is missing from it')
  .option('--rebuild-relay', 'make anew what NATS relays of a journal in KurrentDB, where the two differ')
  .addOption(new Option('--log-level <level>', 'of the apps').choices(['debug', 'info', 'warn', 'error']).default('info'))
  .action(endWith(async (options: UpOptions) => (await import('./commands/up.js')).up(layout, options, main)));

program
  .command('down')
  .description('stop the control plane; running tasks go on')
  .option('--purge', 'also remove the tasks, the journal and all other data of this checkout')
  .option('-y, --yes', 'do not ask')
  .action(exitWith(async (options: DownOptions) => (await import('./commands/down.js')).down(layout, options)));

program
  .command('status')
  .description('each app: replicas, health, leader, revision and fold lag')
  .option('--json', 'for programs')
  .action(exitWith(async (options: { json?: boolean }) => (await import('./commands/status.js')).status(layout, options)));

program
  .command('join-token')
  .description('a token with which one other host can join: ./longshore up --join <token>')
  .option('--expires <time>', 'how long it can be used: 30m, 1h, 7d', '1h')
  .option('--cluster <name>', 'the cluster that the host becomes an instance of', 'default')
  .option('--cpu <units>', 'how many CPU units it may offer at most (1024 each processor)')
  .option('--memory <MiB>', 'how much memory it may offer at most')
  .option('--attributes <name=value,…>', 'the custom attributes that its instance has')
  .option('--zone <name>', 'the availability zone that its instance is in')
  .option('--allow <what>', 'what containers may reach of that host, if its own up --join does not say')
  .option('--again <instance id>', 'for a host that has joined as this instance and is refused by now')
  .option('--address <address>', 'what the other host reaches this one by, if not by the address it listens on')
  .action(
    exitWith(async (options: JoinTokenOptions) => (await import('./commands/join-token.js')).printJoinToken(layout, options)),
  );

const hosts = program.command('hosts').description('the hosts that have joined');
hosts
  .command('list', { isDefault: true })
  .description('each host, its instance, and whether its agent is connected')
  .option('--json', 'for programs')
  .action(exitWith(async (options: { json?: boolean }) => (await import('./commands/hosts.js')).printHosts(layout, options)));
hosts
  .command('revoke')
  .description('shut a host, or an unused token, out for ever')
  .argument('<instance id>')
  .action(exitWith(async (instanceId: string) => (await import('./commands/hosts.js')).revokeHost(layout, instanceId)));

program
  .command('aws')
  .description('the AWS CLI with endpoint, region and keys set')
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(exitWith(async (args: string[]) => (await import('./commands/aws.js')).runAwsCli(layout, args)));

program
  .command('env')
  .description('the same as exports: eval "$(./longshore env)"')
  .action(exitWith(async () => (await import('./commands/aws.js')).printEnvironment(layout)));

const credentials = program.command('credentials').description('access keys: who may do what');
credentials
  .command('replace')
  .description('another key for the first account, in place of the one that may have leaked')
  .action(exitWith(async () => (await import('./commands/credentials.js')).replaceCredentials(layout)));
credentials
  .command('create')
  .description('a key, of this account or of another one, which its first key makes')
  .option('--account <id>', '12 digits')
  .option('--name <name>', 'of the user that it belongs to; without one it is the root user')
  .option('--task-role <name>', 'instead: of the role whose tasks may do what this key may')
  .option('--role <role>', 'admin, deploy or read; admin where nothing is said, but for roles of tasks')
  .option('--policy <file>', 'a policy document of IAM: takes away from what the role may do')
  .option('--expires <time>', '90d, 12h, 30m')
  .action(exitWith(async (flags: CreateFlags) => (await import('./commands/credentials.js')).createCredentials(layout, flags)));
credentials
  .command('list')
  .description('the keys of an account')
  .option('--account <id>', '12 digits')
  .option('--json', 'for programs')
  .action(
    exitWith(async (flags: { account?: string; json?: boolean }) =>
      (await import('./commands/credentials.js')).listCredentials(layout, flags),
    ),
  );
credentials
  .command('delete')
  .description('ends a key within ten seconds')
  .argument('<key id>')
  .action(exitWith(async (id: string) => (await import('./commands/credentials.js')).deleteCredentials(layout, id)));
credentials
  .command('rotate')
  .description('a new key that may what the old one may; the old one ends within ten seconds')
  .argument('<key id>')
  .action(exitWith(async (id: string) => (await import('./commands/credentials.js')).rotateCredentials(layout, id)));
credentials
  .command('host-access')
  .description("whether an account's task definitions may reach into hosts (privileged, host paths and namespaces, devices)")
  .argument('<allowed|denied>')
  .requiredOption('--account <id>', '12 digits')
  .action(
    exitWith(async (value: string, { account }: { account: string }) =>
      (await import('./commands/credentials.js')).putHostAccess(layout, account, value),
    ),
  );

program
  .command('events')
  .description('what tasks, instances, services, deployments, load balancers and targets did, from EventBridge-shaped events')
  .option('-f, --follow', 'go on with every new one, until Ctrl-C')
  .option('-n, --lines <n>', 'only the last n (default 100; all with --since or --after)')
  .option('--since <time>', '15m, 2h, 1d, or an instant like 2026-11-23T15:00:00Z (default 15m)')
  .option('--after <id>', 'what follows the event with this id')
  .option('--detail-type <type>', 'for example "ECS Task State Change"; filters can be repeated, or take commas', repeated)
  .option('--cluster <cluster>', 'name or ARN', repeated)
  .option('--service <service>', 'name or ARN: its own events and those of its tasks', repeated)
  .option('--group <group>', "a task's group: service:<name> or family:<name>", repeated)
  .option('--resource <arn>', 'ARN of a task, container instance, service, load balancer or target group', repeated)
  .option('--json', 'one line of JSON an event, as EventBridge has it')
  .option('--url', 'print a URL that streams these events to whoever has it, for an hour')
  .action(exitWith(async (options: EventsOptions) => (await import('./commands/events.js')).printEvents(layout, options)));

program
  .command('logs')
  .description('what the containers of a service or a task have written, also of stopped tasks')
  .argument('[name]', "a service's name or ARN, or a task's id (6 digits are enough) or ARN")
  .option('-f, --follow', 'go on with every new line, until Ctrl-C')
  .option('-n, --lines <n>', 'only the last n (default 100; all with --since)')
  .option('-q, --query <query>', 'only these, for example \'error AND ms:>100 AND -path:"/health"\' (docs/how-to/search-logs.md)')
  .option('--since <time>', '15m, 2h, 1d, or an instant like 2026-11-23T15:00:00Z')
  .option('--cluster <name>', 'of the service (default "default")')
  .option('--group <log group>', 'all lines of this log group; can be repeated', repeated)
  .option('--json', 'one line of JSON a line')
  .action(
    exitWith(async (name: string | undefined, options: LogsOptions) =>
      (await import('./commands/logs.js')).printLogs(layout, name, options),
    ),
  );

program
  .command('top')
  .description('what services and tasks use: CPU, memory, network, requests; live in a terminal, until Ctrl-C or q')
  .argument('[cluster]', 'its name or ARN; default: all clusters')
  .option('--service <service>', 'only this one, of the cluster (default "default"); can be repeated', repeated)
  .option('--once', 'print it once')
  .option('--json', 'once, for programs')
  .action(
    exitWith(async (cluster: string | undefined, options: TopOptions) =>
      (await import('./commands/top.js')).top(layout, cluster, options),
    ),
  );

const explain = program
  .command('explain')
  .description('why a task or a service is as it is, or a connection does not come through');
type ExplainFlags = { cluster?: string; asOf?: string; json?: boolean };
for (const [kind, description, name] of [
  ['task', 'who asked for it, where it was placed and why, how it ended, what replaced it', 'its ARN or id; 6 digits are enough'],
  ['service', 'what it wants and has, why it is not steady, what it waits for, its last steps', 'its name or ARN'],
] as const)
  explain
    .command(kind)
    .description(description)
    .argument('<name>', name)
    .option('--cluster <name>', 'of the service (default "default"), or of the task (default any)')
    .option('--as-of <moment>', 'of the past: 2026-11-22T11:00:00Z or ecs.r42')
    .option('--json', 'for programs')
    .action(
      exitWith(async (subject: string, flags: ExplainFlags) =>
        (await import('./commands/explain.js')).explain(layout, { [kind]: subject }, flags),
      ),
    );

for (const [kind, key, description, name] of [
  [
    'load-balancer',
    'loadBalancer',
    'where its requests go and what they find there',
    'its name, DNS name or ARN, or a listener’s or rule’s ARN',
  ],
  [
    'target-group',
    'targetGroup',
    'who routes to it, and why each target is healthy, unhealthy, draining or unused',
    'its name or ARN',
  ],
] as const)
  explain
    .command(kind)
    .description(description)
    .argument('<name>', name)
    .option('--as-of <moment>', 'of the past: 2026-11-22T11:00:00Z or load-balancing.r42')
    .option('--json', 'for programs')
    .action(
      exitWith(async (subject: string, flags: Pick<ExplainFlags, 'asOf' | 'json'>) =>
        (await import('./commands/explain.js')).explainBalancing(layout, { [key]: subject }, flags),
      ),
    );

explain
  .command('scaling')
  .description('which metric, value and policy scale a service, from what to what; and why nothing does now')
  .argument('<service>', 'its name or ARN')
  .option('--cluster <name>', 'of the service (default "default")')
  .option('--json', 'for programs')
  .action(
    exitWith(async (service: string, flags: Pick<ExplainFlags, 'cluster' | 'json'>) =>
      (await import('./commands/explain.js')).explainScalingOf(layout, service, flags),
    ),
  );

explain
  .command('connection')
  .description('which rules of security groups let it through, or that none does')
  .argument('<from>', 'a task (6 digits of its id are enough), a load balancer, or an address')
  .argument('<to>', 'the same, with a port: 172.31.4.7:80')
  .option('--protocol <protocol>', 'tcp or udp')
  .option('--as-of <moment>', 'of the past: 2026-11-22T11:00:00Z or network.r42')
  .option('--json', 'for programs')
  .action(
    exitWith(async (from: string, to: string, flags: { protocol?: string; asOf?: string; json?: boolean }) =>
      (await import('./commands/explain.js')).explainConnection(layout, from, to, flags),
    ),
  );

const journal = program.command('journal').description('read the event journal');
journal
  .command('inspect')
  .description('everything about one commit')
  .argument('<revision>')
  .option('--journal <name>', 'which journal (default: ecs)')
  .option('--json', 'as stored')
  .action(
    exitWith(async (revision: string, options: JournalOptions) =>
      (await import('./commands/journal.js')).inspectCommit(layout, revision, options),
    ),
  );
journal
  .command('tail')
  .description('the last commits, then every new one')
  .option('-n, --lines <n>', 'how many of the last', '10')
  .option('--no-follow', 'do not wait for new ones')
  .option('--journal <name>', 'which journal (default: ecs)')
  .option('--json', 'one line of JSON a commit')
  .action(
    exitWith(async (options: JournalOptions & { lines: string; follow: boolean }) =>
      (await import('./commands/journal.js')).tailJournal(layout, options),
    ),
  );
journal
  .command('copy')
  .description('all commits of every journal from one place to another; everything has to be down')
  .addOption(new Option('--from <place>', 'where they are').choices(['nats', 'kurrentdb']).makeOptionMandatory())
  .addOption(new Option('--to <place>', 'where they shall be').choices(['nats', 'kurrentdb']).makeOptionMandatory())
  .addHelpText(
    'after',
    '\nkurrentdb is the one that LONGSHORE_JOURNAL names. A copy that was interrupted goes on where it ended.',
  )
  .action(exitWith(async (options: CopyPlaces) => (await import('./commands/journal-copy.js')).copyJournals(layout, options)));
journal
  .command('foreign')
  .description('what stands in the journal and is no commit; it is passed over')
  .option('--journal <name>', 'which journal (default: ecs)')
  .option('--json', 'one line of JSON a message')
  .action(exitWith(async (options: JournalOptions) => (await import('./commands/journal.js')).listForeign(layout, options)));

program
  .command('test')
  .description('install what the tests need and run them all')
  .argument('[jest arguments...]')
  .allowUnknownOption()
  .passThroughOptions()
  .action(exitWith(async (args: string[]) => (await import('./commands/test-run.js')).runTests(layout, args)));

program
  .command('prepare', { hidden: true })
  .description('make keys, users and the broker configuration for docker-compose.yml')
  .requiredOption('--instance-id <id>', '32 hex digits')
  .option('--nats-host <host>', 'address the broker listens on', '0.0.0.0')
  .option('--nats-port <port>', 'port the broker listens on', '4222')
  .requiredOption('--hand-to <directory>', 'where each app finds its own keys: <directory>/<app>')
  .action(
    exitWith(async (options: { instanceId: string; natsHost: string; natsPort: string; handTo: string }) =>
      (await import('./commands/container-setup.js')).prepareForContainers(layout, options),
    ),
  );

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserFault)) throw error;
  warn(error.message);
  process.exitCode = 1;
}
