import Docker from 'dockerode';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack, type Pack } from 'tar-stream';
import { findProgram, isExecutable, run } from './command.js';
import { unpackPrivately, hasApt } from './debian.js';
import { dockerSocket } from './docker-engine.js';
import { messageOf, UserFault } from '../terminal/fault.js';
import type { Layout } from './layout.js';
import { say, warn } from '../terminal/terminal.js';

export const SAMPLE_IMAGE = 'longshore/hello';
/** Raise it when the image's content changes: an older image is then replaced. */
const SAMPLE_VERSION = '1';

/** httpd as PID 1 would ignore SIGTERM and each stop take its whole timeout: a shell waits and ends at once. */
const SERVE = `trap 'exit 0' TERM INT; httpd -f -p 80 -h /www & wait`;

const INDEX_PAGE = `<!doctype html>
<title>Longshore</title>
<h1>Hello from a task on Longshore</h1>
<p>This page is served by a container that your own host runs.</p>
`;

/** Without it everything else works, so its failure stops nothing. */
export async function tryToMakeSampleImage(layout: Layout): Promise<void> {
  try {
    await ensureSampleImage(layout, dockerSocket());
  } catch (error) {
    warn(`The sample image could not be made: ${messageOf(error)}`);
  }
}

/** An image for the first task, made here from a static busybox: no registry, no pull. */
async function ensureSampleImage(layout: Layout, socketPath: string): Promise<void> {
  const docker = new Docker({ socketPath });
  const existing = await docker.listImages({
    filters: { label: [`longshore.sample=${SAMPLE_VERSION}`], reference: [SAMPLE_IMAGE] },
  });
  if (existing.length > 0) return;
  const busybox = await staticBusybox(layout);
  if (!busybox)
    return say(`(The sample image ${SAMPLE_IMAGE} was left out: it needs a static busybox, which this machine lacks.)`);
  const applets = (await run(busybox, ['--list'])).stdout.split('\n').filter((name) => name && name !== 'busybox');
  const answer = await docker.importImage(Readable.from(sampleFileSystem(readFileSync(busybox), applets)), {
    repo: SAMPLE_IMAGE,
    tag: 'latest',
    changes: [
      `CMD ["/bin/sh", "-c", ${JSON.stringify(SERVE)}]`,
      'ENV PATH=/bin',
      'EXPOSE 80',
      `LABEL longshore.sample=${SAMPLE_VERSION}`,
    ],
  });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve())),
  );
}

function sampleFileSystem(busybox: Buffer, applets: readonly string[]): Pack {
  const tar = pack();
  for (const name of ['bin', 'etc', 'root', 'tmp', 'www'])
    tar.entry({ name, type: 'directory', mode: name === 'tmp' ? 0o1777 : 0o755 });
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, busybox);
  for (const applet of applets) tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' });
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  tar.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n');
  tar.entry({ name: 'www/index.html' }, INDEX_PAGE);
  tar.finalize();
  return tar;
}

/** Debian's `busybox` package is linked dynamically and runs in no empty image; `busybox-static` is unpacked privately. */
async function staticBusybox(layout: Layout): Promise<string | undefined> {
  const unpacked = join(layout.bin, 'busybox');
  const find = () =>
    [findProgram('busybox'), ...['bin/busybox', 'usr/bin/busybox'].map((path) => join(unpacked, path))].find(
      (path) => path !== undefined && isExecutable(path) && isStatic(path),
    );
  const found = find();
  if (found || !hasApt()) return found;
  try {
    await unpackPrivately('busybox-static', unpacked);
  } catch (error) {
    if (!(error instanceof UserFault)) throw error;
    say(error.message);
  }
  return find();
}

/** A dynamically linked program names its interpreter, `/lib…/ld-….so`. */
const isStatic = (path: string): boolean => !/\/lib(64)?\/ld-/.test(readFileSync(path).subarray(0, 8_192).toString('latin1'));
