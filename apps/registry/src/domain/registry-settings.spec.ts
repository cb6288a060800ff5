import { beforeEach, describe, expect, it } from '@jest/globals';
import { ImagesWorld } from '../../../../test/support/images-world.js';

describe('the registry of an account', () => {
  let world: ImagesWorld;
  beforeEach(() => {
    world = new ImagesWorld();
  });

  it('keeps its policy as it was given, and tells of none', () => {
    const statement = { Sid: 'a', Effect: 'Allow', Principal: { AWS: '*' }, Action: ['ecr:ReplicateImage'], Resource: ['*'] };
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, 2);
    expect(world.refusal('GetRegistryPolicy')).toBe(
      "RegistryPolicyNotFoundException: Registry policy does not exist in the registry with id '000000000000'",
    );
    expect(world.ok('PutRegistryPolicy', { policyText })).toEqual({ registryId: '000000000000', policyText });
    expect(world.ask('GetRegistryPolicy')).toEqual({ registryId: '000000000000', policyText });
    expect(world.refusal('PutRegistryPolicy', { policyText: '{}' })).toContain('Invalid registry policy provided');
    expect(world.ok('DeleteRegistryPolicy')).toEqual({ registryId: '000000000000', policyText });
    expect(world.refusal('DeleteRegistryPolicy')).toContain('RegistryPolicyNotFoundException');
  });

  it('shows where images are to be replicated to', () => {
    const rules = [{ destinations: [{ region: 'eu-west-1', registryId: '000000000000' }] }];
    const replicationConfiguration = { rules };
    expect(world.ask('DescribeRegistry')).toEqual({ registryId: '000000000000', replicationConfiguration: { rules: [] } });
    expect(world.ok('PutReplicationConfiguration', { replicationConfiguration })).toEqual({ replicationConfiguration });
    expect(world.ask('DescribeRegistry')).toEqual({ registryId: '000000000000', replicationConfiguration });
    expect(world.eventsOf('PutReplicationConfiguration', { replicationConfiguration })).toEqual([]);
  });

  describe('with rules of scanning', () => {
    const rule = (scanFrequency: string, filter: string) => ({
      scanFrequency,
      repositoryFilters: [{ filter, filterType: 'WILDCARD' }],
    });

    it('shows them, and which of them a repository is under', () => {
      expect(world.ask('GetRegistryScanningConfiguration')).toEqual({
        registryId: '000000000000',
        scanningConfiguration: { scanType: 'BASIC', rules: [] },
      });
      const scanning = { scanType: 'ENHANCED', rules: [rule('SCAN_ON_PUSH', '*'), rule('CONTINUOUS_SCAN', 'prod/*')] };
      expect(world.ok('PutRegistryScanningConfiguration', scanning)).toEqual({ registryScanningConfiguration: scanning });
      expect(world.ask('GetRegistryScanningConfiguration').scanningConfiguration).toEqual(scanning);
      for (const repositoryName of ['prod/web', 'dev.web']) world.ok('CreateRepository', { repositoryName });
      const repositoryNames = ['prod/web', 'dev.web', 'none'];
      expect(world.ask('BatchGetRepositoryScanningConfiguration', { repositoryNames })).toEqual({
        scanningConfigurations: [
          {
            repositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/prod/web',
            repositoryName: 'prod/web',
            scanOnPush: true,
            scanFrequency: 'CONTINUOUS_SCAN',
            appliedScanFilters: [{ filter: 'prod/*', filterType: 'WILDCARD' }],
          },
          expect.objectContaining({ repositoryName: 'dev.web', scanFrequency: 'SCAN_ON_PUSH' }),
        ],
        failures: [expect.objectContaining({ repositoryName: 'none', failureCode: 'REPOSITORY_NOT_FOUND' })],
      });
    });

    it('has a repository say it by itself where there are none', () => {
      for (const scanOnPush of [true, false])
        world.ok('CreateRepository', { repositoryName: `r${scanOnPush}`, imageScanningConfiguration: { scanOnPush } });
      expect(
        world.ask('BatchGetRepositoryScanningConfiguration', { repositoryNames: ['rtrue', 'rfalse'] }).scanningConfigurations,
      ).toMatchObject([
        { scanOnPush: true, scanFrequency: 'SCAN_ON_PUSH', appliedScanFilters: [] },
        { scanOnPush: false, scanFrequency: 'MANUAL' },
      ]);
    });

    it('takes no frequency that the scan type does not have', () => {
      expect(
        world.refusal('PutRegistryScanningConfiguration', { scanType: 'BASIC', rules: [rule('CONTINUOUS_SCAN', '*')] }),
      ).toContain('CONTINUOUS_SCAN is no scan frequency of the scan type BASIC');
    });
  });

  it('has account settings, each with the value that ECR begins with', () => {
    expect(world.ask('GetAccountSetting', { name: 'BASIC_SCAN_TYPE_VERSION' }).value).toBe('AWS_NATIVE');
    const setting = { name: 'REGISTRY_POLICY_SCOPE', value: 'V1' };
    expect(world.ok('PutAccountSetting', setting)).toEqual(setting);
    expect(world.ask('GetAccountSetting', { name: setting.name })).toEqual(setting);
    expect(world.refusal('PutAccountSetting', { ...setting, value: 'V3' })).toContain('must be one of V2, V1');
    expect(world.refusal('GetAccountSetting', { name: 'X' })).toContain('must be one of BASIC_SCAN_TYPE_VERSION');
  });
});
