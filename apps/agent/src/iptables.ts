import { Iproute2 } from './iproute2.js';

/** A chain and what is in one rule of it, as `iptables -A` takes them; in the table `filter` unless `table` says another. */
export interface IptablesRule {
  readonly table?: 'nat';
  readonly chain: string;
  readonly match: readonly string[];
}

/** What `iptables -C` says of a rule that is not there, or of a chain that is not: whoever puts it then hears which. */
const NOT_THERE = /Bad rule|No chain|does not exist/;

/** The tool that the engine itself works with; `within` leads to the host. Two agents may put the same rule at once: two of it do no harm. */
export class Iptables {
  private readonly host: Iproute2;

  constructor(within: readonly string[] = []) {
    this.host = new Iproute2(within);
  }

  /** First in its chain, where it is not there yet. */
  async ensure(rule: IptablesRule): Promise<void> {
    if (!(await this.has(rule))) await this.run('-I', rule);
  }

  private async has(rule: IptablesRule): Promise<boolean> {
    try {
      await this.run('-C', rule);
      return true;
    } catch (error) {
      if (NOT_THERE.test((error as Error).message)) return false;
      throw error;
    }
  }

  private run(action: '-C' | '-I', { table, chain, match }: IptablesRule): Promise<string> {
    return this.host.run(['iptables', '-w', '5', '-t', table ?? 'filter', action, chain, ...match]);
  }
}
