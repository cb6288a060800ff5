import { hashId } from '#lib/kernel';

export interface SharedSet {
  readonly name: string;
  readonly isOfRanges: boolean;
  readonly elements: readonly string[];
}

/** Sets of addresses that several rules look up, each there once: named by what is in it. Groups of one account mostly let the same ones in. */
export class SharedSets {
  private readonly sets = new Map<string, SharedSet>();

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
