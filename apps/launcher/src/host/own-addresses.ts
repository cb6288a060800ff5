import { networkInterfaces } from 'node:os';
import type { OwnAddress } from './domain/listen-address.js';

export const ownAddresses = (): OwnAddress[] =>
  Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses]) =>
    (addresses ?? []).map(({ address, internal }) => ({ address, internal, interfaceName })),
  );
