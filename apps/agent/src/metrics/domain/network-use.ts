export interface NetworkUse {
  /** Containers that share it have these counters in common. */
  readonly namespace: string;
  /** Of all its interfaces but loopback, since they were made. */
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly interfaces: Readonly<Record<string, InterfaceCounters>>;
}

export interface InterfaceCounters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** `  eth0: <received bytes> <packets> <errs> <drop> <fifo> <frame> <compressed> <multicast> <sent bytes> …`, below two lines of head. */
export function networkCounters(text: string): Omit<NetworkUse, 'namespace'> {
  const interfaces: Record<string, InterfaceCounters> = {};
  for (const line of text.trim().split('\n').slice(2)) {
    const [name = '', counters = ''] = line.trim().split(/:\s*/);
    if (name === 'lo') continue;
    const [
      rxBytes = 0,
      rxPackets = 0,
      rxErrors = 0,
      rxDropped = 0,
      ,
      ,
      ,
      ,
      txBytes = 0,
      txPackets = 0,
      txErrors = 0,
      txDropped = 0,
    ] = counters.split(/\s+/).map(Number);
    interfaces[name] = { rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped };
  }
  const all = Object.values(interfaces);
  return {
    rxBytes: all.reduce((sum, { rxBytes }) => sum + rxBytes, 0),
    txBytes: all.reduce((sum, { txBytes }) => sum + txBytes, 0),
    interfaces,
  };
}

export interface NetworkRates {
  readonly namespace: string;
  readonly rxBytesPerSecond: number;
  readonly txBytesPerSecond: number;
}

/** An interface that was made anew begins at 0 again: less than before counts as nothing. */
export function networkRates(now: NetworkUse, before: NetworkUse | undefined, spanMs: number): NetworkRates | undefined {
  if (before?.namespace !== now.namespace) return undefined;
  return {
    namespace: now.namespace,
    rxBytesPerSecond: perSecond(now.rxBytes - before.rxBytes, spanMs),
    txBytesPerSecond: perSecond(now.txBytes - before.txBytes, spanMs),
  };
}

export const perSecond = (bytes: number, spanMs: number): number => (Math.max(0, bytes) * 1_000) / spanMs;
