import { required } from '#lib/kernel';
import type { CapacityProvider } from '../model/capacity-providers.js';
import type { EcsState } from '../model/state.js';
import type { Evolvers } from './evolver.js';

function change({ capacityProviders }: EcsState, arn: string, changes: Partial<CapacityProvider>): void {
  capacityProviders.put(arn, { ...required(capacityProviders, arn, 'capacity provider'), ...changes });
}

export const capacityProviderEvolvers: Evolvers<
  'CapacityProviderCreated' | 'CapacityProviderUpdated' | 'CapacityProviderDeleted' | 'CapacityProviderForgotten'
> = {
  CapacityProviderCreated: (state, data, { at }) =>
    state.capacityProviders.put(data.capacityProviderArn, { ...data, status: 'ACTIVE', createdAt: at }),
  CapacityProviderUpdated: (state, { capacityProviderArn, autoScalingGroupProvider }) =>
    change(state, capacityProviderArn, { autoScalingGroupProvider, updateStatus: 'UPDATE_COMPLETE' }),
  CapacityProviderDeleted: (state, { capacityProviderArn }, { at }) =>
    change(state, capacityProviderArn, { status: 'INACTIVE', updateStatus: 'DELETE_COMPLETE', deletedAt: at }),
  CapacityProviderForgotten: (state, { capacityProviderArn }) => state.capacityProviders.delete(capacityProviderArn),
};
