/**
 * 200,000 tasks on 5,000 simulated instances, whose agents are on this machine, too: how many tasks of services of 1,000 become RUNNING
 * in a second, the first 10,000 and the last, what the processes weigh then, and how soon the API answers again after `down`. The
 * simulated hosts are new ones then: `up` also waits for 5,000 that register again, and they start it all anew afterwards.
 */
import { type Figure, report } from './figures.js';
import { withInstallation } from './installation.js';
import { processorSeconds } from './process-figures.js';
import { progress, ScaleCluster, simulating } from './scale-cluster.js';

const INSTANCES = Number(process.env.LONGSHORE_BENCH_INSTANCES ?? 5_000);
const TASKS = Number(process.env.LONGSHORE_BENCH_TASKS ?? 200_000);
const REPLICAS = 1_000;
const PART = 10_000;

await withInstallation(simulating(INSTANCES), {}, async (installation) => {
  const cluster = new ScaleCluster(installation, REPLICAS);
  progress(`${INSTANCES} instances are registered`);
  await cluster.register();
  const processes = await installation.processes();
  const rates: number[] = [];
  for (let tasks = PART; tasks <= TASKS; tasks += PART) {
    const before = processes.map(({ pid }) => processorSeconds(pid));
    const rate = await cluster.fillTo(tasks);
    rates.push(rate);
    const used = processes.map(({ name, pid }, at) => {
      const microseconds = ((processorSeconds(pid) - before[at]!) * 1_000_000) / PART;
      return `${name} ${microseconds.toFixed(0)}`;
    });
    progress(`${tasks} tasks run; ${rate.toFixed(0)} /s; processor time of a task in µs: ${used.join(', ')}`);
  }
  const memory = await cluster.memory();
  await installation.down();
  progress('down; up again …');
  const [answersSeconds, upSeconds] = await Promise.all([cluster.untilAnswered(), installation.up()]);
  const again = await installation.processes();
  const ofEach = again.map(({ name, pid }) => `${name} ${processorSeconds(pid).toFixed(1)}`).join(', ');
  progress(`up; processor time in s: ${ofEach}`);
  cluster.close();
  report(`scale, ${TASKS} tasks on ${INSTANCES} simulated instances`, [
    { what: 'the first 10,000', unit: 'tasks/s', rounds: rates.slice(0, 1), target: { atLeast: 1_500 } },
    { what: 'the last 10,000', unit: 'tasks/s', rounds: rates.slice(-1), target: { atLeast: 1_500 } },
    { what: 'all', unit: 'tasks/s', rounds: rates },
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
