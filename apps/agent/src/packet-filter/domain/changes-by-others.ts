/**
 * Says of each line of `nft monitor` whether it ends a change of `table` by another process than `own`. The lines of one change come together, and
 * after them who made it: `# new generation 7 by process 4321 (nft)`. The engine changes its own tables at each start of a container.
 */
export function changesByOthers(table: string, own: () => number | undefined): (line: string) => boolean {
  let isAboutIt = false;
  return (line) => {
    const [, by] = /^# new generation \d+ by process (\d+)/.exec(line) ?? [];
    if (by === undefined) {
      // add rule inet <table> …
      isAboutIt ||= line.split(' ', 4)[3] === table;
      return false;
    }
    const isTold = isAboutIt && Number(by) !== own();
    isAboutIt = false;
    return isTold;
  };
}
