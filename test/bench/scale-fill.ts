/**
 * 200,000 tasks on 5,000 simulated instances, whose agents are on this machine, too: how many tasks of services of 1,000 become RUNNING
 * in a second, the first 10,000 and the last, what the processes weigh then, and how soon the API answers again after `down`. The
 * simulated hosts are new ones then: `up` also waits for 5,000 that register again, and they start it all anew afterwards.
 */
import { type Figure, report } from './figures.js';
import { withInstallation } from './installation.js';
import { processorSeconds, processorSecondsOfEach } from './process-figures.js';
import { progress, ScaleCluster, simulating } from './scale-cluster.js';

const INSTANCES = Number(process.env.LONGSHORE_BENCH_INSTANCES ?? 5_000);
const TASKS = Number(process.env.LONGSHORE_BENCH_TASKS ?? 200_000);
const REPLICAS = 1_000;
const PART = 10_000;
/** Then it goes on with as many as run: on a busy machine nobody would wait for all. */
const MOST_MINUTES = Number(process.env.LONGSHORE_BENCH_MINUTES ?? 6);
/** Two processors, fully used, bring 1,500 tasks a second to RUNNING with so much for each, in milliseconds. */
const PROCESSOR_MS = 1.33;

await withInstallation(simulating(INSTANCES), {}, async (installation) => {
  const cluster = new ScaleCluster(installation, REPLICAS);
  progress(`${INSTANCES} instances are registered`);
  await cluster.register();
  let processes = await installation.processes();
  const rates: number[] = [];
  const costs: number[] = [];
  const beganMs = performance.now();
  let filled = 0;
  while (filled < TASKS && performance.now() - beganMs < MOST_MINUTES * 60_000) {
    const pids = processes.map(({ pid }) => pid);
    const before = processorSecondsOfEach(pids);
    const rate = await cluster.fillTo((filled += PART));
    rates.push(rate);
    const after = processorSecondsOfEach(pids);
    if (before && after) {
      const microseconds = after.map((seconds, at) => ((seconds - before[at]!) * 1_000_000) / PART);
      costs.push(microseconds.reduce((sum, each) => sum + each, 0) / 1_000);
      const each = processes.map(({ name }, at) => `${name} ${microseconds[at]!.toFixed(0)}`);
      progress(`${filled} tasks run; ${rate.toFixed(0)} /s; processor time of a task in µs: ${each.join(', ')}`);
    } else {
      progress(`${filled} tasks run; ${rate.toFixed(0)} /s; a process has ended and was started again`);
      processes = await installation.processes();
    }
  }
  const memory = await cluster.memory();
  await installation.down();
  progress('down; up again …');
  const [answersSeconds, upSeconds] = await Promise.all([cluster.untilAnswered(), installation.up()]);
  const again = await installation.processes();
  const ofEach = again.map(({ name, pid }) => `${name} ${processorSeconds(pid).toFixed(1)}`).join(', ');
  progress(`up; processor time in s: ${ofEach}`);
  cluster.close();
  report(`scale, ${filled} tasks on ${INSTANCES} simulated instances`, [
    { what: 'tasks that run', unit: '', rounds: [filled], target: { atLeast: TASKS } },
    { what: 'the first 10,000', unit: 'tasks/s', rounds: rates.slice(0, 1), target: { atLeast: 1_500 } },
    { what: 'the last 10,000', unit: 'tasks/s', rounds: rates.slice(-1), target: { atLeast: 1_500 } },
    { what: 'all', unit: 'tasks/s', rounds: rates },
    ...(costs.length === 0
      ? []
      : [{ what: 'processor time of a task, all processes', unit: 'ms', rounds: costs, target: { atMost: PROCESSOR_MS } }]),
    ...Object.entries(memory).map(([name, value]): Figure => ({
      what: `memory of ${name}`,
      unit: 'MiB',
      rounds: [value],
      ...(name === 'nats-server' ? { target: { atMost: 400e6 / 2 ** 20 } } : {}),
    })),
    { what: 'the second up: the API answers', unit: 's', rounds: [answersSeconds], target: { atMost: 5 } },
    { what: '… and all simulated instances are registered', unit: 's', rounds: [upSeconds] },
  ]);
});
