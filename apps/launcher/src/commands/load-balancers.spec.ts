import { loadBalancersText } from './load-balancers.js';

it('says of each load balancer where it listens and, when it does not, why', () => {
  const text = loadBalancersText([
    {
      name: 'web',
      type: 'application',
      dnsName: 'web-1.us-east-1.elb.longshore.internal',
      addresses: { own: '127.1.0.5', containers: '100.65.0.5' },
      state: 'active',
      listeners: ['HTTP:80', 'HTTPS:443'],
    },
    {
      name: 'tcp',
      type: 'network',
      dnsName: 'tcp-2.elb.us-east-1.longshore.internal',
      addresses: { own: '127.1.0.6' },
      state: 'failed',
      reason: '127.1.0.6:80 is taken',
      listeners: [],
    },
  ]);
  expect(text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | ').trim())).toEqual([
    'LOAD BALANCER | ADDRESS | LISTENERS | STATE | NAME',
    'web | 127.1.0.5 100.65.0.5 | HTTP:80 HTTPS:443 | active | web-1.us-east-1.elb.longshore.internal',
    'tcp | 127.1.0.6 | - | failed: 127.1.0.6:80 is taken | tcp-2.elb.us-east-1.longshore.internal',
  ]);
});
