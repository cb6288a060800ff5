import { networkInterfaces } from 'node:os';
import type { OwnAddress } from './domain/listen-address.js';

export const ownAddresses = (): OwnAddress[] => Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
