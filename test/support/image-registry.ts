import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import type { DomainApi } from '#lib/app';
import type { AccountId, Region } from '#lib/kernel';
import { type Clock, sealRegistryLogin, silentLogger, systemClock, systemRandom } from '#lib/platform';
import { Bearers } from '../../apps/registry/src/door/bearers.js';
import { Door } from '../../apps/registry/src/door/door.js';
import type { RegistryState } from '../../apps/registry/src/domain/state.js';
import { Pushes } from '../../apps/registry/src/pushes.js';
import { BlobFiles } from '../../apps/registry/src/storage/blob-files.js';
import { ImageStore } from '../../apps/registry/src/storage/image-store.js';
import { Reliance } from '../../apps/registry/src/storage/reliance.js';
import { Sweep } from '../../apps/registry/src/storage/sweep.js';
import { RegistryProcess } from '../../apps/registry/src/storage/registry-process.js';
import { EcsWorld } from './ecs-world.js';
import { ImagesWorld } from './images-world.js';

const MASTER_KEY = Buffer.alloc(32, 7);
export const KEEPS_UNUSED_MS = 3_600_000;
const KEY = 'AKIA0000000000000000';

/** Docker's registry as `./longshore test` has fetched it, or the machine's. */
const program = (): string => {
  const { LONGSHORE_DOCKER_REGISTRY: named = '/usr/bin/docker-registry' } = process.env;
  if (!existsSync(named)) throw new Error(`${named} is missing: run ./longshore test, or set LONGSHORE_DOCKER_REGISTRY`);
  return named;
};

/** The door, Docker's real registry behind it, and the rules of both journals without broker. */
export class ImageRegistry {
  readonly images: ImagesWorld;
  readonly process: RegistryProcess;
  readonly store: ImageStore;
  readonly pushes: Pushes;
  readonly relied: Reliance;
  readonly sweep: Sweep;
  /** What the sweep believes that has passed. */
  passedMs = 0;
  private readonly clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + this.passedMs,
    monotonicMs: () => systemClock.monotonicMs() + this.passedMs,
  };
  readonly masterKey = MASTER_KEY;
  readonly accessKeyId = KEY;
  host = '';
  private readonly accounts = new EcsWorld();
  private readonly server;

  private constructor(
    readonly directory: string,
    programPath: string,
  ) {
    this.images = new ImagesWorld();
    this.accounts.given('CreateAccessKey', {
      accessKeyId: KEY,
      sealedSecret: 'sealed',
      accountId: '000000000000',
      principalArn: 'arn:aws:iam::000000000000:root',
    });
    const { state } = this.images;
    const parts = { clock: systemClock, random: systemRandom, logger: silentLogger };
    const userId = process.getuid?.() === 0 ? 61_566 : undefined;
    this.process = new RegistryProcess({ program: programPath, programLimitMs: 0, directory, userId }, parts);
    this.relied = new Reliance(this.clock, KEEPS_UNUSED_MS);
    const files = new BlobFiles(directory);
    this.store = new ImageStore(this.process, this.relied);
    this.sweep = new Sweep({ files, state, relied: this.relied, clock: this.clock, logger: silentLogger });
    const command = (name: string, { input }: { input: unknown }) => Promise.resolve(this.images.command(name, input));
    this.pushes = new Pushes({ command } as unknown as DomainApi<RegistryState>, this.store);
    const bearers = new Bearers({ masterKey: MASTER_KEY, accounts: this.accounts.state, state, ...parts });
    const door = new Door({ state, bearers, store: this.store, files, pushes: this.pushes, ...parts });
    this.server = createServer((request, response) => door.handle(request, response));
  }

  static async start(programPath = program()): Promise<ImageRegistry> {
    const directory = join(await mkdtemp(join(tmpdir(), 'longshore-images-')), 'registry');
    const registry = new ImageRegistry(directory, programPath);
    registry.server.listen(0, '127.0.0.1');
    await once(registry.server, 'listening');
    registry.host = `127.0.0.1:${(registry.server.address() as AddressInfo).port}`;
    return registry;
  }

  /** Of the account's key, or of an agent; `authorization` header's value. */
  authorization({ accountId = '000000000000', isAgent = false, expiresAt = '2999-01-01T00:00:00.000Z' } = {}): string {
    const key = { accessKeyId: KEY, principal: `arn:aws:iam::${accountId}:root` };
    const login = { accountId, expiresAt, ...(isAgent ? {} : { key }) };
    return `Basic ${Buffer.from(`AWS:${sealRegistryLogin(MASTER_KEY, login)}`).toString('base64')}`;
  }

  /** Afterwards the key's passwords are worth nothing. */
  deleteKey(): void {
    this.accounts.given('DeleteAccessKey', { accessKeyId: KEY });
  }

  ask(method: string, path: string, { authorization = this.authorization(), headers = {}, body }: Asked = {}): Promise<Response> {
    const all = { ...headers, ...(authorization === '' ? {} : { authorization }) };
    return fetch(`http://${this.host}/v2/${path}`, { method, headers: all, body });
  }

  readonly scope = { accountId: '000000000000' as AccountId, region: 'us-east-1' as Region };

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.process.stop();
    await rm(join(this.directory, '..'), { recursive: true, force: true });
  }
}

interface Asked {
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
