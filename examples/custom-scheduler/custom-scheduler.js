// A scheduler of your own: keeps COUNT tasks of FAMILY running, each on the instance that has the most free memory at that moment.
//
//   eval "$(./longshore env)"
//   node examples/custom-scheduler/custom-scheduler.js FAMILY [COUNT] [CLUSTER]
import {
  DescribeContainerInstancesCommand,
  ECSClient,
  paginateListContainerInstances,
  paginateListTasks,
  StartTaskCommand,
} from '@aws-sdk/client-ecs';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { setTimeout as pause } from 'node:timers/promises';

const [family, count = '1', cluster = 'default'] = process.argv.slice(2);
const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = process.env;
if (!family || !/^[1-9]\d*$/.test(count) || !AWS_ENDPOINT_URL || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || !AWS_REGION) {
  console.error('Usage: eval "$(./longshore env)"; node custom-scheduler.js FAMILY [COUNT] [CLUSTER]');
  process.exit(2);
}

const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
const ecs = new ECSClient({ endpoint: AWS_ENDPOINT_URL, region: AWS_REGION, credentials });
const signer = new SignatureV4({ service: 'longshore', region: AWS_REGION, credentials, sha256: Sha256, applyChecksum: false });
const startedBy = `custom-scheduler/${family}`;

/** One pass: what is missing is placed. It looks at what is, never at what an event said, so one pass too many does nothing. */
async function pass() {
  let running = 0;
  const tasks = { cluster, startedBy, desiredStatus: 'RUNNING' };
  for await (const page of paginateListTasks({ client: ecs }, tasks)) running += page.taskArns.length;
  while (running < Number(count) && (await placeOne())) running++;
}

async function placeOne() {
  for (const instance of await instancesByFreeMemory()) {
    const where = { cluster, containerInstances: [instance.containerInstanceArn] };
    const { tasks, failures } = await ecs.send(new StartTaskCommand({ ...where, taskDefinition: family, startedBy }));
    const name = instance.containerInstanceArn.split('/').at(-1);
    if (tasks.length > 0) {
      console.log(`started ${tasks[0].taskArn} on ${name}, which had ${freeMemory(instance)} MiB free`);
      return true;
    }
    // RESOURCE:*: it never fitted, or another scheduler was faster. The state store has the last word; the next instance may do.
    console.log(`not on ${name}: ${failures[0].reason}`);
  }
  console.log('no instance has room; waiting for one that joins, or for a task that stops');
  return false;
}

async function instancesByFreeMemory() {
  const found = [];
  for await (const { containerInstanceArns } of paginateListContainerInstances({ client: ecs }, { cluster, status: 'ACTIVE' })) {
    if (containerInstanceArns.length === 0) continue;
    const described = await ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances: containerInstanceArns }),
    );
    found.push(...described.containerInstances.filter(({ agentConnected }) => agentConnected));
  }
  return found.sort((a, b) => freeMemory(b) - freeMemory(a));
}

const freeMemory = ({ remainingResources }) => remainingResources.find(({ name }) => name === 'MEMORY').integerValue;

/** Events of the cluster for ever; `undefined` whenever the stream begins (again): then one looks for oneself. */
async function* events() {
  const query = { cluster, 'detail-type': 'ECS Task State Change,ECS Container Instance State Change' };
  const url = new URL(`/events?${new URLSearchParams(query)}`, AWS_ENDPOINT_URL);
  const { protocol, hostname, port, host, pathname: path } = url;
  for (let lastId; ; await pause(1_000)) {
    try {
      const request = { method: 'GET', protocol, hostname, port: Number(port), path, query, headers: { host } };
      const { headers } = await signer.sign(request);
      if (lastId) headers['last-event-id'] = lastId;
      const response = await fetch(url, { headers });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      yield undefined;
      let text = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const frames = (text + chunk).split('\n\n');
        text = frames.pop();
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame);
          if (data) yield JSON.parse(data[1]);
          lastId = /^id: (.*)$/m.exec(frame)?.[1] ?? lastId;
        }
      }
    } catch (error) {
      console.error(`events: ${error.message}; connecting again`);
    }
  }
}

const isReason = (event) =>
  event === undefined ||
  event.detail.lastStatus === 'STOPPED' ||
  (event['detail-type'] === 'ECS Container Instance State Change' && event.detail.status === 'ACTIVE');

// One pass at a time; what happens during it causes exactly one more.
let wanted = false;
let passing = false;
async function wake() {
  wanted = true;
  if (passing) return;
  passing = true;
  while (wanted) {
    wanted = false;
    await pass().catch(async (error) => {
      console.error(`${error.name}: ${error.message}; trying again`);
      wanted = true;
      await pause(1_000);
    });
  }
  passing = false;
}

for await (const event of events()) if (isReason(event)) void wake();
