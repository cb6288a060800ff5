import { describe, expect, it } from '@jest/globals';
import { changesByOthers } from './changes-by-others.js';

describe('what `nft monitor` tells of', () => {
  it('is a change of the table, once, when another process made it', () => {
    const isChange = changesByOthers('ours', () => 4);
    const told = `add table inet ours
add rule inet ours forward-to counter
# new generation 2 by process 4 (nft)
add rule ip nat DOCKER iifname != "docker0" dnat to 172.17.0.4:80 comment "ours"
# new generation 3 by process 5 (iptables)
add table inet ours-too
# new generation 4 by process 6 (nft)
delete chain inet ours forward-to
delete table inet ours
# new generation 5 by process 7 (nft)
add element bridge ours macs { 02:42:0a:4d:00:05 }
# new generation 6 by process 8 (nft)`.split('\n');
    expect(told.filter(isChange)).toEqual(['# new generation 5 by process 7 (nft)', '# new generation 6 by process 8 (nft)']);
  });
});
