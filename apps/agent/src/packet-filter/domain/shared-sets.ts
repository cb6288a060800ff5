import { type Cidr, formatCidr, hashId, parseCidr } from '#lib/kernel';

export interface SharedSet {
  readonly name: string;
  readonly isOfRanges: boolean;
  readonly elements: readonly string[];
}

/** A range of IPv4 addresses, and its one text: without the bits of hosts. */
export interface Range extends Cidr {
  readonly text: string;
}

/** Sets of addresses that several rules look up, each there once: named by what is in it. Groups of one account mostly let the same ones in. */
export class SharedSets {
  private readonly sets = new Map<string, SharedSet>();
  private readonly read = new Map<string, Range>();

  /** A CIDR, read once however many groups name it. */
  range(cidrIpv4: string): Range {
    let range = this.read.get(cidrIpv4);
    if (!range) {
      const cidr = parseCidr(cidrIpv4)!;
      this.read.set(cidrIpv4, (range = { ...cidr, text: formatCidr(cidr) }));
    }
    return range;
  }

  /** IPv4 ranges, none of which is in another one. Gives the set's name. */
  ranges(elements: readonly string[]): string {
    return this.named('ranges', elements);
  }

  /** Single IPv4 addresses. */
  addresses(elements: readonly string[]): string {
    return this.named('addresses', elements);
  }

  all(): readonly SharedSet[] {
    return [...this.sets.values()];
  }

  private named(kind: 'ranges' | 'addresses', elements: readonly string[]): string {
    const name = `${kind}-${hashId(kind, ...elements).slice(0, 16)}`;
    if (!this.sets.has(name)) this.sets.set(name, { name, isOfRanges: kind === 'ranges', elements });
    return name;
  }
}
