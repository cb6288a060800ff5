// A client that balances by itself: it keeps a connection to each instance that DNS names, and spreads its calls over them.
//
//   node examples/client-side-balancing/client.js NAME [CALLS] [DNS_SERVER]
//
// A call is a line, its answer is the next line: as with Thrift, AMQP or MQTT, connections stay open and calls follow each other on
// them, so a balancer of connections would balance nothing.
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const [name, calls = '100', dnsServer = '127.1.0.0'] = process.argv.slice(2);
if (!name) {
  console.error('Usage: node client.js NAME [CALLS] [DNS_SERVER]');
  process.exit(2);
}

/** Records are good for 5 s at most. Asked more often, a task that is gone is left alone sooner. */
const ASK_EVERY_MS = 500;
const CALL_EVERY_MS = 20;
const CALL_TIMEOUT_MS = 1_000;
const MOST_ATTEMPTS = 20;

const resolver = new Resolver({ timeout: 1_000, tries: 2 });
resolver.setServers([dnsServer]);

/** `host:port` → its connection. */
const instances = new Map();
let turn = 0;

/** Connections to what DNS names now; to what it does not, no more. */
async function follow() {
  let records;
  try {
    records = await resolver.resolveSrv(name);
  } catch (error) {
    // Nobody is healthy at the moment, or DNS is away: what is known stays.
    if (error.code === 'ENODATA') records = [];
    else return;
  }
  const named = new Map();
  for (const { name: host, port } of records) {
    const [address] = await resolver.resolve4(host).catch(() => []);
    if (address) named.set(`${address}:${port}`, { address, port });
  }
  for (const [key, connection] of instances) if (!named.has(key)) connection.end();
  for (const [key, { address, port }] of named) if (!instances.has(key)) open(key, address, port);
}

function open(key, address, port) {
  const socket = connect(port, address);
  const waiting = [];
  const over = () => {
    if (instances.get(key)?.socket === socket) instances.delete(key);
    for (const { reject } of waiting.splice(0)) reject(new Error(`${key} is gone`));
  };
  socket.on('error', over).on('close', over);
  // It passes the socket's errors on.
  const lines = createInterface({ input: socket }).on('error', over);
  lines.on('line', (line) => waiting.shift()?.resolve(line));
  instances.set(key, {
    socket,
    end: () => socket.destroy(),
    call(text) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => socket.destroy(), CALL_TIMEOUT_MS);
        const settle = (end) => (value) => {
          clearTimeout(timer);
          end(value);
        };
        waiting.push({ resolve: settle(resolve), reject: settle(reject) });
        socket.write(`${text}\n`);
      });
    },
  });
}

/** By turns; a call that got no answer goes to another instance. (So it may be done twice: calls have to allow that.) */
async function call(text) {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const all = [...instances.values()];
    try {
      if (all.length > 0) return await all[turn++ % all.length].call(text);
    } catch {
      continue;
    }
    await pause(100);
    await follow();
  }
  throw new Error(`nobody has answered ${text}`);
}

await follow();
const following = setInterval(() => void follow(), ASK_EVERY_MS);
const answered = {};
for (let i = 1; i <= Number(calls); i++) {
  const [who] = (await call(`call ${i}`)).split(' ');
  answered[who] = (answered[who] ?? 0) + 1;
  await pause(CALL_EVERY_MS);
}
clearInterval(following);
for (const { end } of instances.values()) end();
console.log(JSON.stringify(answered));
