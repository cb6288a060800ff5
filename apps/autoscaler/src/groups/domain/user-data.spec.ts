import { clusterInUserData } from './user-data.js';

describe('user data of a launch template', () => {
  it.each<[string, string | undefined]>([
    ['#!/bin/bash\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config\n', 'web'],
    ["#!/bin/bash\ncat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=ex-asg_2\nECS_LOGLEVEL=debug\nEOF\n", 'ex-asg_2'],
    ['echo "ECS_CLUSTER=a" > /etc/ecs/ecs.config; echo \'ECS_CLUSTER="b"\' >> /etc/ecs/ecs.config', 'b'],
    ['[settings.ecs]\nlogging = "x"\ncluster = "rocket"\n', 'rocket'],
    ['[settings.kubernetes]\ncluster = "k"\n', undefined],
    ['echo ECS_CLUSTER=$CLUSTER', undefined],
    ['echo ECS_CLUSTER=${CLUSTER}', undefined],
    [`echo ECS_CLUSTER=${'x'.repeat(256)}`, undefined],
    ['#!/bin/bash\nyum update', undefined],
    ['', undefined],
  ])('%j names %p', (text, cluster) => expect(clusterInUserData(Buffer.from(text).toString('base64'))).toBe(cluster));
});
