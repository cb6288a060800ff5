/** An image of 200 MB, pulled from the own registry and from a plain `docker-registry` beside it. */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { eventually, startLongshore } from '../support/longshore.js';
import { interleaved, report } from './figures.js';

const ROUNDS = 8;
const MB = 1_000_000;
const LAYERS = 4;
const LAYER_MB = 50;
const PORT = 24_999;

const { LONGSHORE_DOCKER_REGISTRY: program = '/usr/bin/docker-registry' } = process.env;
const home = mkdtempSync(join(tmpdir(), 'longshore-image-pull-'));
writeFileSync(
  join(home, 'config.yml'),
  `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${join(home, 'images')}\nhttp:\n  addr: 127.0.0.1:${PORT}\n`,
);
const plain = spawn(program, ['serve', join(home, 'config.yml')], { stdio: 'ignore' });
const longshore = await startLongshore();
const { docker } = longshore;
const followed = (stream: NodeJS.ReadableStream) =>
  new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
  });

/** Nothing that compresses: what travels is what is there. */
async function makeImage(repo: string): Promise<void> {
  const files = pack();
  files.entry({ name: 'layer-0' }, randomBytes(LAYER_MB * MB));
  files.finalize();
  await followed(await docker.importImage(Readable.from(files), { repo, tag: '1' }));
  for (let layer = 1; layer < LAYERS; layer++) {
    const container = await docker.createContainer({ Image: `${repo}:1`, Cmd: ['/none'] });
    const more = pack();
    more.entry({ name: `layer-${layer}` }, randomBytes(LAYER_MB * MB));
    more.finalize();
    await container.putArchive(Readable.from(more), { path: '/' });
    await container.commit({ repo, tag: '1' });
    await container.remove();
  }
}

const images: string[] = [];
const forget = async () => {
  for (const image of images)
    await docker
      .getImage(image)
      .remove({ force: true })
      .catch(() => undefined);
};
try {
  const created = await longshore.aws(['create-repository', '--repository-name', 'large'], { service: 'ecr' });
  const own = created.json<{ repository: { repositoryUri: string } }>().repository.repositoryUri;
  const beside = `127.0.0.1:${PORT}/large`;
  images.push(`${own}:1`, `${beside}:1`);
  const { accessKeyId: username, secretAccessKey: password } = longshore.keys;
  const logins = [
    { username, password, serveraddress: own.split('/')[0]! },
    // The engine wants some, whatever the registry does.
    { username: '', password: '', serveraddress: beside.split('/')[0]! },
  ] as const;
  await eventually(
    'the registry beside',
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(PORT, '127.0.0.1');
        socket.once('connect', () => resolve((socket.destroy(), true)));
        socket.once('error', () => resolve(false));
      }),
  );
  await makeImage(own);
  await docker.getImage(images[0]!).tag({ repo: beside, tag: '1' });
  for (const [n, image] of images.entries()) await followed(await docker.getImage(image).push({ authconfig: logins[n]! }));
  const pulled = (n: number) => async () => {
    await forget();
    const beganMs = performance.now();
    await followed(await docker.pull(images[n]!, { authconfig: logins[n]! }));
    return (LAYERS * LAYER_MB * 1_000) / (performance.now() - beganMs);
  };
  // Files that were just written are in memory, as they are for whoever pulls next.
  for (const n of [0, 1]) await pulled(n)();
  const rounds = await interleaved(ROUNDS, { own: pulled(0), beside: pulled(1) });
  report(`an image of ${LAYERS * LAYER_MB} MB`, [
    {
      what: 'pulled from the own registry',
      unit: 'MB/s',
      rounds: rounds.own,
      baseline: { what: 'docker-registry', rounds: rounds.beside },
    },
    {
      what: 'over that of a plain docker-registry',
      unit: '×',
      rounds: rounds.own.map((own, round) => own / rounds.beside[round]!),
      target: { atLeast: 0.9 },
    },
  ]);
} finally {
  await forget();
  plain.kill('SIGTERM');
  await longshore.purge();
  rmSync(home, { recursive: true, force: true });
}
