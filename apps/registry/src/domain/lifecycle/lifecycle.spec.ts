import { beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf, ImagesWorld } from '../../../../../test/support/images-world.js';

const NAME = { repositoryName: 'web' };
const DAY_MS = 86_400_000;
const COUNT = { countType: 'imageCountMoreThan' };
const AGE = { countType: 'sinceImagePushed', countUnit: 'days' };
const rule = (rulePriority: number, selection: object, more: object = {}) => ({
  rulePriority,
  selection,
  action: { type: 'expire' },
  ...more,
});
const policyOf = (...rules: object[]) => ({ ...NAME, lifecyclePolicyText: JSON.stringify({ rules }) });

describe('a lifecycle policy', () => {
  let world: ImagesWorld;
  beforeEach(() => {
    world = new ImagesWorld();
    world.ok('CreateRepository', NAME);
  });
  /** Each a minute after the one before; `name` is also what tells it from others. */
  const push = (...images: (readonly [name: string, ...tags: string[]])[]) => {
    for (const [name, ...tags] of images) {
      world.now += 60_000;
      if (tags.length === 0) world.push('web', name);
      for (const tag of tags) world.push('web', name, tag);
    }
  };
  const isExpired = () => world.domain.isExpired!(world.state, new Date(world.now).toISOString());
  const expire = () => {
    while (isExpired()) world.ok('Expire');
  };
  const left = (...names: string[]) => names.filter((name) => world.digests('web').includes(digestOf(name)));

  it('keeps the newest, by count, of what its prefixes mean: all of them', () => {
    push(['a', 'v1', 'prod-1'], ['b', 'v2'], ['c', 'v3', 'prod-2'], ['d', 'v4', 'prod-3']);
    const selection = { tagStatus: 'tagged', tagPrefixList: ['v', 'prod'], ...COUNT, countNumber: 2 };
    world.ok('PutLifecyclePolicy', policyOf(rule(1, selection)));
    expire();
    expect(left('a', 'b', 'c', 'd')).toEqual(['b', 'c', 'd']);
  });

  it('expires by age, not before its day', () => {
    push(['a'], ['b', 'tagged']);
    world.ok('PutLifecyclePolicy', policyOf(rule(1, { tagStatus: 'untagged', ...AGE, countNumber: 2 })));
    world.now += 2 * DAY_MS - 3 * 60_000;
    expect(isExpired()).toBe(false);
    world.now += 4 * 60_000;
    expire();
    expect(left('a', 'b')).toEqual(['b']);
  });

  it('knows patterns with wildcards', () => {
    push(['a', 'x-1-rc'], ['b', 'x-2'], ['c', 'x-3-rc']);
    world.ok(
      'PutLifecyclePolicy',
      policyOf(rule(1, { tagStatus: 'tagged', tagPatternList: ['x-*-rc'], ...COUNT, countNumber: 1 })),
    );
    expire();
    expect(left('a', 'b', 'c')).toEqual(['b', 'c']);
  });

  it('lets a rule of a lower number decide: what it means and keeps, no other expires, but it counts', () => {
    push(['a', 'prod-1'], ['b', 'dev-1'], ['c', 'dev-2'], ['d', 'prod-2']);
    const prod = { tagStatus: 'tagged', tagPrefixList: ['prod'], ...COUNT, countNumber: 10 };
    world.ok('PutLifecyclePolicy', policyOf(rule(2, { tagStatus: 'any', ...COUNT, countNumber: 2 }), rule(1, prod)));
    expire();
    // Of all four the youngest two are c and d; a is prod's.
    expect(left('a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('leaves what a list is of until the list has gone', () => {
    push(['a'], ['b']);
    world.list('web', ['a', 'b'], 'all');
    world.ok('PutLifecyclePolicy', policyOf(rule(1, { tagStatus: 'untagged', ...COUNT, countNumber: 1 })));
    expire();
    expect(left('a', 'b')).toEqual(['a', 'b']);
    world.ok('BatchDeleteImage', { ...NAME, imageIds: [{ imageTag: 'all' }] });
    expire();
    expect(left('a', 'b')).toEqual(['b']);
  });

  it('shows beforehand what it would expire, and expires nothing', () => {
    push(['a', '1'], ['b', '2'], ['c', '3']);
    const policy = policyOf(rule(7, { tagStatus: 'any', ...COUNT, countNumber: 1 }));
    expect(world.refusal('StartLifecyclePolicyPreview', NAME)).toContain('LifecyclePolicyNotFoundException');
    expect(world.refusal('GetLifecyclePolicyPreview', NAME)).toContain('LifecyclePolicyPreviewNotFoundException');
    expect(world.ok('StartLifecyclePolicyPreview', policy)).toMatchObject({ ...policy, status: 'IN_PROGRESS' });
    const preview = world.ask('GetLifecyclePolicyPreview', NAME);
    expect(preview).toMatchObject({ status: 'COMPLETE', summary: { expiringImageTotalCount: 2 } });
    expect(
      preview.previewResults.map(({ imageTags, appliedRulePriority }: any) => [imageTags, appliedRulePriority]).sort(),
    ).toEqual([
      [['1'], 7],
      [['2'], 7],
    ]);
    expect([isExpired(), world.digests('web').length]).toEqual([false, 3]);
  });

  it('reads back as it was given, and is deleted', () => {
    const text =
      '{ "rules": [\n {"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},"action":{"type":"expire"}}]}';
    world.ok('PutLifecyclePolicy', { ...NAME, lifecyclePolicyText: text });
    expect(world.ask('GetLifecyclePolicy', NAME).lifecyclePolicyText).toBe(text);
    expect(world.ok('DeleteLifecyclePolicy', NAME).lifecyclePolicyText).toBe(text);
    expect(world.refusal('GetLifecyclePolicy', NAME)).toContain('LifecyclePolicyNotFoundException');
  });

  it.each<[string, object[] | string]>([
    ['no JSON', 'rules'],
    ['no rules', []],
    ['tags without tagged', [rule(1, { tagStatus: 'any', tagPrefixList: ['a'], ...COUNT, countNumber: 1 })]],
    ['tagged without tags', [rule(1, { tagStatus: 'tagged', ...COUNT, countNumber: 1 })]],
    ['an age without a unit', [rule(1, { tagStatus: 'any', countType: 'sinceImagePushed', countNumber: 1 })]],
    ['another action', [rule(1, { tagStatus: 'any', ...COUNT, countNumber: 1 }, { action: { type: 'transition' } })]],
    [
      'any before others',
      [rule(1, { tagStatus: 'any', ...COUNT, countNumber: 1 }), rule(2, { tagStatus: 'untagged', ...COUNT, countNumber: 1 })],
    ],
    [
      'one priority twice',
      [rule(1, { tagStatus: 'untagged', ...COUNT, countNumber: 1 }), rule(1, { tagStatus: 'any', ...COUNT, countNumber: 1 })],
    ],
    ['nothing kept', [rule(1, { tagStatus: 'any', ...COUNT, countNumber: 0 })]],
  ])('is refused with %s', (_what, rules) => {
    const lifecyclePolicyText = typeof rules === 'string' ? rules : JSON.stringify({ rules });
    expect(world.refusal('PutLifecyclePolicy', { ...NAME, lifecyclePolicyText })).toMatch(
      /^InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: /,
    );
  });

  const FINE = rule(1, { tagStatus: 'any', ...COUNT, countNumber: 1 });
  it.each<[unknown, string]>([
    ['rules', 'Could not map policyString into LifecyclePolicy.'],
    [[FINE], 'Could not map policyString into LifecyclePolicy.'],
    [{}, 'object has missing required properties (["rules"])'],
    [{ rules: FINE }, 'instance type (object) does not match any allowed primitive type (allowed: ["array"])'],
    [{ rules: [] }, 'array is too short: must have at least 1 elements but instance has 0 elements'],
    [{ rules: [{ rulePriority: 1 }] }, 'object has missing required properties (["action","selection"])'],
    [{ rules: [{ ...FINE, a: 1 }] }, 'object instance has properties which are not allowed by the schema: (["a"])'],
    [
      { rules: [{ ...FINE, action: { type: 'keep' } }] },
      'instance value ("keep") not found in enum (possible values: ["expire"])',
    ],
    [
      { rules: [rule(1, { tagStatus: 'any', ...COUNT, countNumber: 0 })] },
      'numeric instance is lower than the required minimum (minimum: 1, found: 0)',
    ],
  ])('that is %j is refused in the words of ECR', (policy, why) => {
    const lifecyclePolicyText = JSON.stringify(policy);
    expect(world.refusal('PutLifecyclePolicy', { ...NAME, lifecyclePolicyText })).toBe(
      `InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${why}'`,
    );
  });
});
