import { openDomainFold, openOwner, OwnerQuestions } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { CommandSender, foldedBy } from '#lib/messaging';
import { AlarmLoop } from './alarms/alarm-loop.js';
import { RecalledWindows } from './alarms/recalled-windows.js';
import { AutoscalerModule } from './autoscaler.module.js';
import { autoscalerConfig } from './config.js';
import { DeploymentAlarmsLoop } from './deployment-alarms/deployment-alarms-loop.js';
import { scaling } from './domain/domain.js';
import { scalingPublicEvents } from './domain/public-events.js';
import { GroupInstances } from './groups/group-instances.js';
import { GroupLoop } from './groups/group-loop.js';
import { GroupPolicies } from './groups/group-policies.js';
import { LauncherInstances } from './groups/instance-provider.js';
import { ClusterMetrics } from './metrics/cluster-metrics.js';
import { LaunchTemplates } from './groups/launch-templates.js';
import { HistoricReads } from './metrics/history/historic-reads.js';
import { HistoryWriter } from './metrics/history/history-writer.js';
import { Recall } from './metrics/history/recall.js';
import { RecordedMetricStore } from './metrics/history/recorded-metric-store.js';
import { VictoriaMetricsHistory } from './metrics/history/victoria-metrics-history.js';
import { MemoryMetricStore } from './metrics/memory-metric-store.js';
import { MetricsApi } from './metrics/metrics-api.js';
import { MetricsReads } from './metrics/metrics-reads.js';
import { PrometheusApi } from './metrics/prometheus-api.js';
import { TaskMetricsIntake } from './metrics/task-metrics-intake.js';
import { JetStreamMetricMessages } from './metrics/messages/jetstream-metric-messages.js';
import { ToldMetricsIntake } from './metrics/told-metrics-intake.js';
import { ToldSamples } from './metrics/told-samples.js';
import { EcsTasks } from './rules/ecs-tasks.js';
import { EventRulesLoop } from './rules/event-rules-loop.js';
import { EventSources } from './rules/event-sources.js';
import { RuleLoop } from './rules/rule-loop.js';
import { ScalingLoop } from './scaling/scaling-loop.js';
import { ScalingExplainer } from './scaling/scaling-explainer.js';
import { TargetRegistration } from './scaling/target-registration.js';
import { TaskMeans } from './usage/task-means.js';
import { TaskUses } from './usage/task-uses.js';
import { UsageApi } from './usage/usage-api.js';

await startApp('autoscaler', 'autoscaler', async (runtime) => {
  const { bus, clock, random, logger, fail } = runtime;
  const config = autoscalerConfig(runtime.environment);
  const loops: {
    alarms?: AlarmLoop;
    scaling?: ScalingLoop;
    groups?: GroupLoop;
    rules?: RuleLoop;
    events?: EventRulesLoop;
    clusters?: ClusterMetrics;
  } = {};
  const { fold, owner, api, events, parts } = await openOwner(runtime, {
    domain: scaling,
    events: scalingPublicEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    acceptLossSince: config.acceptLossSince,
    onPromoted: () => {
      loops.alarms?.start();
      loops.scaling?.start();
      loops.groups?.start();
      loops.rules?.start();
      loops.clusters?.takeOver();
      loops.events?.start();
    },
    onDemoted: () => {
      loops.alarms?.stop();
      loops.scaling?.stop();
      loops.groups?.stop();
      loops.rules?.stop();
      loops.events?.stop();
    },
  });
  const services = await openDomainFold(runtime, ecs, 'reader');
  const following = followJournal(services.fold, services.journal, fail);
  const messages = await JetStreamMetricMessages.open(runtime.nats, { clock, logger });
  const memory = new MemoryMetricStore();
  const history = config.metricsUrl === undefined ? undefined : new VictoriaMetricsHistory(config.metricsUrl);
  const writer =
    history &&
    new HistoryWriter({
      history,
      clock,
      logger,
      isWriter: () => owner.isWriter,
      heardSinceMs: messages.sinceMs,
      puts: messages,
    });
  const store = writer ? new RecordedMetricStore(memory, writer) : memory;
  const [uses, means] = [new TaskUses(), new TaskMeans()];
  const intake = new TaskMetricsIntake({ messages, ecs: services.fold, store, uses, means, clock, logger });
  const told = new ToldMetricsIntake({ messages, store, clock, logger });
  const samples = new ToldSamples(bus, messages, store, clock);
  const isWriter = () => owner.isWriter;
  const clusters = (loops.clusters = new ClusterMetrics({
    ecs: services.fold,
    uses,
    means,
    store,
    tell: (found) => samples.tell(found),
    isWriter,
    heardSinceMs: messages.sinceMs,
    clock,
    logger,
  }));
  const windows = new RecalledWindows({
    fold,
    store,
    recall: history && writer && new Recall({ memory, history, writer, isWriter, clock }),
    heardSinceMs: messages.sinceMs,
    clock,
    onRecalled: async (alarms) => loops.alarms?.evaluateSome(alarms),
  });
  loops.alarms = new AlarmLoop({
    fold,
    store,
    unheardOf: (alarm) => windows.unheardOf(alarm),
    send: owner.send,
    clock,
    random,
    logger,
  });
  const toEcs = new CommandSender(bus, 'ecs', 'autoscaler', clock);
  loops.scaling = new ScalingLoop({
    fold,
    ecs: services.fold,
    store,
    send: owner.send,
    toEcs: (...command) => toEcs.send(...command),
    clock,
    random,
    logger,
  });
  loops.groups = new GroupLoop({
    fold,
    ecs: services.fold,
    hosts: new LauncherInstances(bus),
    policies: new GroupPolicies(fold, store),
    templates: new LaunchTemplates(fold, new OwnerQuestions(bus, clock), clock, random),
    send: owner.send,
    told: (scope, found) => samples.tell(found.map((sample) => ({ scope, sample }))),
    toEcs: (...command) => toEcs.send(...command),
    clock,
    random,
    logger,
  });
  loops.events = new EventRulesLoop({ fold, sources: new EventSources(bus, random), send: owner.send, clock, random, logger });
  loops.rules = new RuleLoop({ fold, tasks: new EcsTasks(bus, random), send: owner.send, clock, random, logger });
  const deploymentAlarms = new DeploymentAlarmsLoop({
    ecs: services.fold,
    own: fold,
    toEcs: (...command) => toEcs.send(...command),
    isWriter: () => owner.isWriter,
    clock,
    random,
    logger,
  });
  const metrics = new MetricsApi(store, clock, (...put) => samples.put(...put));
  return {
    module: AutoscalerModule.register(
      api,
      events,
      metrics,
      new MetricsReads(metrics, history && writer && new HistoricReads({ memory, history, writer, clock })),
      new PrometheusApi(store, history, clock),
      new TargetRegistration(api, services.fold),
      new UsageApi({ ecs: services.fold, uses, store, clock }),
      new ScalingExplainer(fold, services.fold, store),
      new GroupInstances(api, fold, services.fold, new OwnerQuestions(bus, clock)),
    ),
    ...parts,
    folded: foldedBy(fold, services.fold),
    status: () => {
      const own = { ...parts.status(), ...keptIn(history?.shown, writer?.away) };
      const others = services.position();
      return own.ready && !others.ready ? { ...own, ready: false, reason: others.reason } : own;
    },
    start: async () => {
      intake.start();
      told.start();
      samples.start();
      await messages.start();
      clusters.start();
      writer?.start();
      windows.start();
      deploymentAlarms.start();
      await parts.start?.();
    },
    stop: async () => {
      loops.alarms?.stop();
      loops.scaling?.stop();
      loops.groups?.stop();
      loops.rules?.stop();
      windows.stop();
      await deploymentAlarms.stop();
      clusters.stop();
      await intake.stop();
      await told.stop();
      await samples.stop();
      await messages.stop();
      // The lease is left after it: until then this replica is the writer.
      await writer?.stop();
      following.stop();
      await parts.stop?.();
    },
  };
});

/**
 * Where metrics are kept, for `status`, which is asked before all is started. Alarms and scaling need none of it, so nothing here makes the app
 * not ready.
 */
function keptIn(url: string | undefined, away: string | undefined) {
  if (url === undefined) return { metrics: { keptIn: 'memory' } };
  return { metrics: { keptIn: url, ...(away === undefined ? {} : { away }) } };
}
