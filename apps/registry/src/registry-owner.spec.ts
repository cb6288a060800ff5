import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../test/support/images-world.js';
import { OwnerWorld } from '../../../test/simulation/owner-world.js';
import { registry } from './domain/domain.js';
import type { RegistryState } from './domain/state.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };
const NAME = { repositoryName: 'web' };

/** Each tag is pushed twice, with two images, while everything goes wrong. */
async function lifeOf(world: OwnerWorld<RegistryState>) {
  const clients = [world.client('one'), world.client('two')];
  const first = new Map<string, string>();
  const refused: string[] = [];
  let asked = 0;
  const call = (client: (typeof clients)[number], operation: string, input: object) => {
    const id = `${++asked}`;
    return client(operation, { id, requestId: id, operation, ...SCOPE, input: { ...NAME, ...input } }, 20_000);
  };
  const push = async (client: (typeof clients)[number], imageTag: string, of: string) => {
    const imageDigest = digestOf(of);
    const reply = await call(client, 'PutImage', { imageTag, imageDigest, mediaType: 'm', sizeBytes: 1 });
    if ('output' in reply) {
      expect(first.has(imageTag)).toBe(false);
      first.set(imageTag, imageDigest);
    } else if ('rejection' in reply) refused.push(reply.rejection.code);
  };
  const write = async () => {
    for (let made = false; !made;)
      made = 'output' in (await call(clients[0]!, 'CreateRepository', { imageTagMutability: 'IMMUTABLE' }));
    for (let tag = 0; !world.chaos.calmed; tag++) {
      await Promise.all(clients.map((client, of) => push(client, `v${tag}`, `${tag} of ${of}`)));
      await world.time.sleep(500);
    }
  };
  void write();
  await world.run(180_000);
  world.chaos.calm();
  await world.run(60_000);
  return { first, refused };
}

describe.each([1, 2, 4])('the owner of images in a world where everything goes wrong (seed %d)', (seed) => {
  it('acknowledges one image under an immutable tag, keeps it, and its replicas end equal', async () => {
    const world = new OwnerWorld(seed, registry, 'registry');
    const { first, refused } = await lifeOf(world);
    const states = [...world.folds.values()].map(({ state }) => state);
    const tagsOf = ({ imageTags }: RegistryState) => new Map(Array.from(imageTags.values(), ({ tag, digest }) => [tag, digest]));
    expect(first.size).toBeGreaterThan(50);
    expect(refused.length).toBeGreaterThan(50);
    for (const state of states) {
      const tags = tagsOf(state);
      expect([...first].filter(([tag, digest]) => tags.get(tag) !== digest)).toEqual([]);
    }
    expect(tagsOf(states[0]!)).toEqual(tagsOf(states[1]!));
    expect(world.starts).toBeGreaterThan(2);
  });
});
