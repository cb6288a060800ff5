import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, TestLoad } from '../support/haproxy.js';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';

/** In the place of `httpd`, which would have to be fetched: the paths and the command that the guide's samples use, over busybox. */
const IMAGE = 'longshore/test-httpd:latest';
const APACHE = '/usr/local/apache2/htdocs';

/**
 * The samples of AWS's developer guide for Fargate (its tutorial for the AWS CLI, "Example task definitions", the web server), with the real
 * CLI. What differs is the image, and the ids of the account.
 */
describe("the developer guide's samples of Fargate", () => {
  let longshore: Longshore;
  let files: string;
  let subnet: string;
  let vpc: string;
  let host: string;
  const aws = async (...args: string[]) => (await longshore.aws(args.slice(1), { service: args[0]! })).json<any>();
  const words = (text: string) => aws(...text.split(' '));
  const page = async (at: string, path = '/') => (await ask({ host: at, port: 80, path, timeout: 5_000, agent: false })).text;

  beforeAll(async () => {
    files = mkdtempSync(join(tmpdir(), 'longshore-guide-'));
    longshore = await startLongshore();
    const script = [
      `mkdir -p ${APACHE}`,
      `printf '#!/bin/sh\\nexec httpd -f -p 80 -h ${APACHE}\\n' > /bin/httpd-foreground`,
      'chmod 755 /bin/httpd-foreground',
    ].join(' && ');
    const container = await longshore.docker.createContainer({ Image: 'longshore/hello', Cmd: ['sh', '-c', script] });
    await container.start();
    expect(await container.wait()).toMatchObject({ StatusCode: 0 });
    const [repo, tag] = IMAGE.split(':');
    await container.commit({ repo, tag });
    await container.remove();
    [{ SubnetId: subnet, VpcId: vpc }] = (await words('ec2 describe-subnets')).Subnets;
  }, 180_000);
  afterAll(async () => {
    await longshore?.purge();
    await longshore?.docker.getImage(IMAGE).remove({ force: true });
    rmSync(files, { recursive: true, force: true });
  }, 60_000);

  const register = async (definition: object) => {
    const path = join(files, 'task.json');
    writeFileSync(path, JSON.stringify(definition));
    const { taskDefinition } = await aws('ecs', 'register-task-definition', '--cli-input-json', `file://${path}`);
    return taskDefinition.taskDefinitionArn as string;
  };
  const html = (said: string) =>
    `<html> <head> <title>Amazon ECS Sample App</title> <style>body {margin-top: 40px; background-color: #333;} </style> </head><body> <div style=color:white;text-align:center> <h1>Amazon ECS Sample App</h1> <h2>${said}</h2> <p>Your application is now running on a container in Amazon ECS.</p> </div></body></html>`;
  const running = (service: string, cluster: string, count: number) =>
    eventually<any[]>(`${count} tasks of ${service}`, async () => {
      const { taskArns } = await words(`ecs list-tasks --cluster ${cluster} --service-name ${service}`);
      const all =
        taskArns.length > 0 ? (await words(`ecs describe-tasks --cluster ${cluster} --tasks ${taskArns.join(' ')}`)).tasks : [];
      return all.length === count && all.every(({ lastStatus }: any) => lastStatus === 'RUNNING') && all;
    });
  const detail = (task: any, name: string) =>
    task.attachments.find(({ type }: any) => type === 'ElasticNetworkInterface').details.find((one: any) => one.name === name)
      .value as string;

  it('the tutorial: a cluster, a service, its task’s network interface, and all of it deleted', async () => {
    expect((await words('ecs create-cluster --cluster-name fargate-cluster')).cluster).toMatchObject({ status: 'ACTIVE' });
    await register({
      family: 'sample-fargate',
      networkMode: 'awsvpc',
      containerDefinitions: [
        {
          name: 'fargate-app',
          image: IMAGE,
          portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
          essential: true,
          entryPoint: ['sh', '-c'],
          command: [`/bin/sh -c "echo '${html('Congratulations!')}' >  ${APACHE}/index.html && httpd-foreground"`],
        },
      ],
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
    });
    const { taskDefinitionArns } = await words('ecs list-task-definitions');
    expect(taskDefinitionArns).toEqual([expect.stringMatching(/:task-definition\/sample-fargate:1$/)]);
    const group = (await words(`ec2 create-security-group --group-name web --description web --vpc-id ${vpc}`)).GroupId;
    await words(`ec2 authorize-security-group-ingress --group-id ${group} --protocol tcp --port 80 --cidr 0.0.0.0/0`);
    const network = `awsvpcConfiguration={subnets=[${subnet}],securityGroups=[${group}],assignPublicIp=ENABLED}`;
    await words(
      `ecs create-service --cluster fargate-cluster --service-name fargate-service --task-definition sample-fargate:1 --desired-count 1 --launch-type FARGATE --network-configuration ${network}`,
    );
    expect((await words('ecs list-services --cluster fargate-cluster')).serviceArns).toHaveLength(1);
    const [task] = await running('fargate-service', 'fargate-cluster', 1);
    const [service] = (await words('ecs describe-services --cluster fargate-cluster --services fargate-service')).services;
    expect(service).toMatchObject({ launchType: 'FARGATE', platformVersion: 'LATEST', deployments: [{ launchType: 'FARGATE' }] });
    expect(task).toMatchObject({ attachments: [{ status: 'ATTACHED' }], platformVersion: '1.4.0' });
    const eni = detail(task, 'networkInterfaceId');
    const [{ PrivateIpAddress }] = (await words(`ec2 describe-network-interfaces --network-interface-ids ${eni}`))
      .NetworkInterfaces;
    expect(PrivateIpAddress).toBe(detail(task, 'privateIPv4Address'));
    expect(await eventually('its page', () => page(PrivateIpAddress))).toContain(
      '<h1>Amazon ECS Sample App</h1> <h2>Congratulations!',
    );
    await words('ecs delete-service --cluster fargate-cluster --service fargate-service --force');
    // The sample's shell does not hear SIGTERM, so it is killed when 30 s have passed.
    await eventually(
      'no interface',
      async () => (await words('ec2 describe-network-interfaces')).NetworkInterfaces.length === 0,
      60_000,
    );
    expect((await words('ecs delete-cluster --cluster fargate-cluster')).cluster).toMatchObject({ status: 'INACTIVE' });
  }, 120_000);

  const webServer = (said: string, secret: string) => ({
    containerDefinitions: [
      {
        command: [
          `/bin/sh -c "echo '${html(said)}' >  ${APACHE}/index.html && echo \\$PASSWORD > ${APACHE}/secret && wget -q -O ${APACHE}/task \\$ECS_CONTAINER_METADATA_URI_V4/task && echo started && httpd-foreground"`,
        ],
        entryPoint: ['sh', '-c'],
        essential: true,
        image: IMAGE,
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/ecs/fargate-task-definition',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'ecs',
          },
        },
        secrets: [{ name: 'PASSWORD', valueFrom: secret }],
        name: 'sample-fargate-app',
        portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
        stopTimeout: 2,
      },
    ],
    cpu: '256',
    executionRoleArn: 'arn:aws:iam::000000000000:role/ecsTaskExecutionRole',
    family: 'fargate-task-definition',
    memory: '512',
    networkMode: 'awsvpc',
    runtimePlatform: { operatingSystemFamily: 'LINUX' },
    requiresCompatibilities: ['FARGATE'],
  });
  let secret: string;

  it('the web server, behind a load balancer: two tasks with one port, metadata, a secret, and lines in their group', async () => {
    await words('ecs create-cluster --cluster-name web');
    await words('logs create-log-group --log-group-name /ecs/fargate-task-definition'.trim()).catch((error: Error) => {
      // It answers nothing, which is no JSON.
      if (!(error instanceof SyntaxError)) throw error;
    });
    secret = (await aws('secretsmanager', 'create-secret', '--name', 'web', '--secret-string', 'from the secret')).ARN;
    const balancers = (await words(`ec2 create-security-group --group-name balancers --description balancers --vpc-id ${vpc}`))
      .GroupId;
    await words(`ec2 authorize-security-group-ingress --group-id ${balancers} --protocol tcp --port 80 --cidr 0.0.0.0/0`);
    const tasks = (await words(`ec2 create-security-group --group-name tasks --description tasks --vpc-id ${vpc}`)).GroupId;
    await words(`ec2 authorize-security-group-ingress --group-id ${tasks} --protocol tcp --port 80 --source-group ${balancers}`);
    const [{ LoadBalancerArn }] = (
      await words(`elbv2 create-load-balancer --name developer-guide --subnets ${subnet} --security-groups ${balancers}`)
    ).LoadBalancers;
    const [{ TargetGroupArn }] = (
      await words(`elbv2 create-target-group --name web --protocol HTTP --port 80 --target-type ip --vpc-id ${vpc}`)
    ).TargetGroups;
    await words(
      `elbv2 modify-target-group-attributes --target-group-arn ${TargetGroupArn} --attributes Key=longshore.health_check.interval_ms,Value=200 Key=deregistration_delay.timeout_seconds,Value=10`,
    );
    await words(
      `elbv2 create-listener --load-balancer-arn ${LoadBalancerArn} --protocol HTTP --port 80 --default-actions Type=forward,TargetGroupArn=${TargetGroupArn}`,
    );
    const definition = await register(webServer('Congratulations!', secret));
    await words(
      `ecs create-service --cluster web --service-name web --task-definition ${definition} --desired-count 2 --launch-type FARGATE --network-configuration awsvpcConfiguration={subnets=[${subnet}],securityGroups=[${tasks}]} --load-balancers targetGroupArn=${TargetGroupArn},containerName=sample-fargate-app,containerPort=80`,
    );
    const both = await running('web', 'web', 2);
    expect(new Set(both.map((task) => detail(task, 'privateIPv4Address'))).size).toBe(2);
    const { loadBalancers } = JSON.parse((await longshore.run('status', '--json')).stdout);
    host = loadBalancers[0].addresses.own;
    expect(await page(host)).toContain('Congratulations!');
    expect(await page(host, '/secret')).toBe('from the secret\n');
    const told = JSON.parse(await page(host, '/task'));
    expect(told).toMatchObject({ Cluster: 'web', Family: 'fargate-task-definition', LaunchType: 'FARGATE' });
    expect(both.map(({ taskArn }) => taskArn)).toContain(told.TaskARN);
    await eventually('their lines', async () => {
      const { events } = await words('logs filter-log-events --log-group-name /ecs/fargate-task-definition');
      return events.filter(({ message }: any) => message === 'started').length === 2;
    });
  }, 180_000);

  it('the web server, rolled out: no request fails', async () => {
    await eventually('a steady service', async () => {
      const [{ deployments }] = (await words('ecs describe-services --cluster web --services web')).services;
      return deployments[0].rolloutState === 'COMPLETED';
    });
    const load = new TestLoad({ host, port: 80, path: '/', timeout: 5_000 }, 8);
    await words(
      `ecs update-service --cluster web --service web --task-definition ${await register(webServer('Again!', secret))}`,
    );
    await eventually(
      'the second everywhere',
      async () => {
        const [{ deployments }] = (await words('ecs describe-services --cluster web --services web')).services;
        return deployments.length === 1 && deployments[0].rolloutState === 'COMPLETED';
      },
      90_000,
    );
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(await page(host)).toContain('Again!');
  }, 150_000);
});
