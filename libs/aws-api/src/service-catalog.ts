import * as acm from '@aws-sdk/client-acm';
import * as applicationAutoScaling from '@aws-sdk/client-application-auto-scaling';
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import * as ecr from '@aws-sdk/client-ecr';
import * as ecs from '@aws-sdk/client-ecs';
import * as cloudWatchLogs from '@aws-sdk/client-cloudwatch-logs';
import * as elasticLoadBalancing from '@aws-sdk/client-elastic-load-balancing-v2';
import * as eventBridge from '@aws-sdk/client-eventbridge';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as route53 from '@aws-sdk/client-route-53';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import * as cloudMap from '@aws-sdk/client-servicediscovery';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import {
  acmConstraints,
  applicationAutoScalingConstraints,
  autoScalingConstraints,
  cloudMapConstraints,
  ec2Constraints,
  cloudWatchConstraints,
  ecrConstraints,
  ecsConstraints,
  elasticLoadBalancingConstraints,
  kmsConstraints,
  eventBridgeConstraints,
  logsConstraints,
  route53Constraints,
  schedulerConstraints,
  secretsManagerConstraints,
  ssmConstraints,
} from './constraints.js';
import { documentedLimits, emptyIsAbsentInEcs, emptySentenceOfEcs, enumSentenceOfEcs } from './ecs-inputs.js';
import { type ExtractedModel, extractedServiceModel } from './extracted-model.js';
import { longshoreModel } from './longshore-model.js';
import type { ServiceModel } from './model.js';
import ec2 from './models/ec2-model.json' with { type: 'json' };
import { smithyServiceModel } from './smithy-schemas.js';

/** Every service that clients can address. To add one: its client's package, its constraints, an entry here. */
const SERVICES: readonly ServiceModel[] = [
  smithyServiceModel({
    service: 'ecs',
    targetPrefix: 'AmazonEC2ContainerServiceV20141113',
    version: '2014-11-13',
    xmlNamespace: 'http://ecs.amazonaws.com/doc/2014-11-13/',
    protocols: ['json'],
    validationErrorCode: 'InvalidParameterException',
    exported: ecs,
    constraints: ecsConstraints,
    enumsOfTheService: ['Ulimit.name', 'UpdateContainerInstancesStateRequest.status'],
    enumSentence: enumSentenceOfEcs,
    emptyIsAbsent: emptyIsAbsentInEcs,
    emptySentence: emptySentenceOfEcs,
    documentedLimits,
    doubles: [
      'CanaryConfiguration.canaryPercent',
      'DaemonDeploymentConfiguration.drainPercent',
      'DeploymentEarlySuccessCriteria.healthyPercent',
      'LinearConfiguration.stepPercent',
      'ManagedApplicationAutoScalingPolicy.targetValue',
      'MemoryGiBPerVCpuRequest.max',
      'MemoryGiBPerVCpuRequest.min',
      'NetworkBandwidthGbpsRequest.max',
      'NetworkBandwidthGbpsRequest.min',
      'NvidiaMpsAllocation.maxComputePercent',
      'Resource.doubleValue',
      'Scale.value',
      'ServiceRevisionSummary.requestedProductionTrafficWeight',
      'ServiceRevisionSummary.requestedTestTrafficWeight',
      'ThresholdConfiguration.value',
      'TotalLocalStorageGBRequest.max',
      'TotalLocalStorageGBRequest.min',
    ],
    longs: ['ContainerInstance.version', 'Resource.longValue', 'Task.version'],
  }),
  smithyServiceModel({
    service: 'elasticloadbalancing',
    targetPrefix: 'ElasticLoadBalancing_v10',
    version: '2015-12-01',
    xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    protocols: ['query'],
    validationErrorCode: 'ValidationError',
    exported: elasticLoadBalancing,
    constraints: elasticLoadBalancingConstraints,
    enumsOfTheService: [],
    doubles: ['ZonalCapacityReservationState.EffectiveCapacityUnits'],
    longs: [
      'AuthenticateCognitoActionConfig.SessionTimeout',
      'AuthenticateOidcActionConfig.SessionTimeout',
      'DescribeTrustStoreRevocation.NumberOfRevokedEntries',
      'DescribeTrustStoreRevocation.RevocationId',
      'DescribeTrustStoreRevocationsInput.RevocationIds',
      'GetTrustStoreRevocationContentInput.RevocationId',
      'RemoveTrustStoreRevocationsInput.RevocationIds',
      'TrustStore.TotalRevokedEntries',
      'TrustStoreRevocation.NumberOfRevokedEntries',
      'TrustStoreRevocation.RevocationId',
    ],
    // Classic load balancers.
    versionsOfOthers: ['2012-06-01', '2011-11-15'],
  }),
  smithyServiceModel({
    service: 'logs',
    targetPrefix: 'Logs_20140328',
    version: '2014-03-28',
    xmlNamespace: 'http://logs.amazonaws.com/doc/2014-03-28/',
    protocols: ['json'],
    validationErrorCode: 'InvalidParameterException',
    exported: cloudWatchLogs,
    takesLargeBodies: true,
    constraints: logsConstraints,
    enumsOfTheService: [],
    doubles: [
      'LogGroupField.percent',
      'MetricTransformation.defaultValue',
      'QueryStatistics.bytesScanned',
      'QueryStatistics.recordsMatched',
      'QueryStatistics.recordsScanned',
    ],
    longs: [
      'FilterLogEventsRequest.endTime',
      'FilterLogEventsRequest.startTime',
      'FilteredLogEvent.ingestionTime',
      'FilteredLogEvent.timestamp',
      'GetLogEventsRequest.endTime',
      'GetLogEventsRequest.startTime',
      'GetLogGroupFieldsRequest.time',
      'InputLogEvent.timestamp',
      'LiveTailSessionLogEvent.ingestionTime',
      'LiveTailSessionLogEvent.timestamp',
      'LogGroup.creationTime',
      'LogGroup.storedBytes',
      'LogStream.creationTime',
      'LogStream.firstEventTimestamp',
      'LogStream.lastEventTimestamp',
      'LogStream.lastIngestionTime',
      'LogStream.storedBytes',
      'MetricFilter.creationTime',
      'OutputLogEvent.ingestionTime',
      'OutputLogEvent.timestamp',
      'QueryDefinition.lastModified',
      'QueryInfo.createTime',
      'StartQueryRequest.endTime',
      'StartQueryRequest.startTime',
      'SubscriptionFilter.creationTime',
    ],
  }),
  smithyServiceModel({
    service: 'servicediscovery',
    targetPrefix: 'Route53AutoNaming_v20170314',
    version: '2017-03-14',
    xmlNamespace: 'http://servicediscovery.amazonaws.com/doc/2017-03-14/',
    protocols: ['json'],
    validationErrorCode: 'InvalidInput',
    exported: cloudMap,
    constraints: cloudMapConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: [
      'DiscoverInstancesResponse.InstancesRevision',
      'DiscoverInstancesRevisionResponse.InstancesRevision',
      'DnsRecord.TTL',
      'SOA.TTL',
      'SOAChange.TTL',
    ],
  }),
  // CloudWatch signs as `monitoring`; its clients of before 2024 speak Query, later ones JSON or CBOR.
  smithyServiceModel({
    service: 'monitoring',
    targetPrefix: 'GraniteServiceVersion20100801',
    version: '2010-08-01',
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    protocols: ['json', 'query'],
    validationErrorCode: 'ValidationError',
    notFiniteErrorCode: 'InvalidParameterValueException',
    exported: cloudWatch,
    constraints: cloudWatchConstraints,
    enumsOfTheService: [],
    doubles: [
      'Datapoint.Average',
      'Datapoint.Maximum',
      'Datapoint.Minimum',
      'Datapoint.SampleCount',
      'Datapoint.Sum',
      'MetricAlarm.Threshold',
      'MetricDataResult.Values',
      'MetricDatum.Counts',
      'MetricDatum.Value',
      'MetricDatum.Values',
      'PutMetricAlarmInput.Threshold',
      'StatisticSet.Maximum',
      'StatisticSet.Minimum',
      'StatisticSet.SampleCount',
      'StatisticSet.Sum',
    ],
    longs: [],
  }),
  smithyServiceModel({
    service: 'application-autoscaling',
    targetPrefix: 'AnyScaleFrontendService',
    version: '2016-02-06',
    xmlNamespace: 'http://autoscaling.amazonaws.com/doc/2016-02-06/',
    protocols: ['json'],
    validationErrorCode: 'ValidationException',
    exported: applicationAutoScaling,
    constraints: applicationAutoScalingConstraints,
    enumsOfTheService: [],
    doubles: [
      'PredictiveScalingMetricSpecification.TargetValue',
      'StepAdjustment.MetricIntervalLowerBound',
      'StepAdjustment.MetricIntervalUpperBound',
      'TargetTrackingScalingPolicyConfiguration.TargetValue',
    ],
    longs: [],
  }),
  smithyServiceModel({
    service: 'autoscaling',
    targetPrefix: 'AutoScaling_2011_01_01',
    version: '2011-01-01',
    xmlNamespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
    protocols: ['query'],
    validationErrorCode: 'ValidationError',
    exported: autoScaling,
    constraints: autoScalingConstraints,
    enumsOfTheService: [],
    doubles: [
      'CapacityForecast.Values',
      'ExecutePolicyType.BreachThreshold',
      'ExecutePolicyType.MetricValue',
      'LoadForecast.Values',
      'MemoryGiBPerVCpuRequest.Max',
      'MemoryGiBPerVCpuRequest.Min',
      'NetworkBandwidthGbpsRequest.Max',
      'NetworkBandwidthGbpsRequest.Min',
      'PredictiveScalingMetricSpecification.TargetValue',
      'StepAdjustment.MetricIntervalLowerBound',
      'StepAdjustment.MetricIntervalUpperBound',
      'TargetTrackingConfiguration.TargetValue',
      'TotalLocalStorageGBRequest.Max',
      'TotalLocalStorageGBRequest.Min',
    ],
    longs: [],
  }),
  smithyServiceModel({
    service: 'acm',
    targetPrefix: 'CertificateManager',
    version: '2015-12-08',
    xmlNamespace: 'http://acm.amazonaws.com/doc/2015-12-08/',
    protocols: ['json'],
    validationErrorCode: 'ValidationException',
    exported: acm,
    constraints: acmConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: [],
  }),
  smithyServiceModel({
    service: 'secretsmanager',
    targetPrefix: 'secretsmanager',
    version: '2017-10-17',
    xmlNamespace: 'http://secretsmanager.amazonaws.com/doc/2017-10-17/',
    protocols: ['json'],
    validationErrorCode: 'ValidationException',
    exported: secretsManager,
    constraints: secretsManagerConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: [
      'DeleteSecretRequest.RecoveryWindowInDays',
      'GetRandomPasswordRequest.PasswordLength',
      'RotationRulesType.AutomaticallyAfterDays',
    ],
  }),
  smithyServiceModel({
    service: 'ssm',
    targetPrefix: 'AmazonSSM',
    version: '2014-11-06',
    xmlNamespace: 'http://ssm.amazonaws.com/doc/2014-11-06/',
    protocols: ['json'],
    validationErrorCode: 'ValidationException',
    exported: ssm,
    constraints: ssmConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: [
      'LabelParameterVersionRequest.ParameterVersion',
      'LabelParameterVersionResult.ParameterVersion',
      'Parameter.Version',
      'ParameterHistory.Version',
      'ParameterMetadata.Version',
      'PutParameterResult.Version',
      'UnlabelParameterVersionRequest.ParameterVersion',
    ],
  }),
  smithyServiceModel({
    service: 'kms',
    targetPrefix: 'TrentService',
    version: '2014-11-01',
    xmlNamespace: 'https://kms.amazonaws.com/doc/2014-11-01/',
    protocols: ['json'],
    validationErrorCode: 'ValidationException',
    exported: kms,
    constraints: kmsConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: [],
  }),
  smithyServiceModel({
    service: 'ecr',
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
    version: '2015-09-21',
    xmlNamespace: 'http://ecr.amazonaws.com/doc/2015-09-21/',
    protocols: ['json'],
    validationErrorCode: 'InvalidParameterException',
    exported: ecr,
    takesLargeBodies: true,
    constraints: ecrConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: [],
  }),
  smithyServiceModel({
    service: 'iam',
    targetPrefix: 'AWSIdentityManagementV20100508',
    version: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    protocols: ['query'],
    validationErrorCode: 'ValidationError',
    exported: iam,
    constraints: {},
    enumsOfTheService: [],
    doubles: [],
    longs: [],
  }),
  smithyServiceModel({
    service: 'sts',
    targetPrefix: 'AWSSecurityTokenServiceV20110615',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    protocols: ['query'],
    validationErrorCode: 'ValidationError',
    exported: sts,
    constraints: {},
    enumsOfTheService: [],
    doubles: [],
    longs: [],
  }),
  smithyServiceModel({
    service: 'route53',
    // It has none: operations are told by their paths.
    targetPrefix: 'AWSDnsV20130401',
    version: '2013-04-01',
    xmlNamespace: 'https://route53.amazonaws.com/doc/2013-04-01/',
    protocols: ['rest-xml'],
    validationErrorCode: 'InvalidInput',
    exported: route53,
    constraints: route53Constraints,
    enumsOfTheService: [],
    doubles: [],
    longs: ['HostedZone.ResourceRecordSetCount', 'ResourceRecordSet.TTL', 'ResourceRecordSet.Weight'],
  }),
  smithyServiceModel({
    service: 'events',
    targetPrefix: 'AWSEvents',
    version: '2015-10-07',
    xmlNamespace: 'http://events.amazonaws.com/doc/2015-10-07/',
    protocols: ['json'],
    validationErrorCode: 'ValidationException',
    exported: eventBridge,
    constraints: eventBridgeConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: ['Archive.EventCount', 'Archive.SizeBytes', 'DescribeArchiveResponse.EventCount', 'DescribeArchiveResponse.SizeBytes'],
  }),
  smithyServiceModel({
    service: 'scheduler',
    // It has none: operations are told by their paths.
    targetPrefix: 'AWSChronosService',
    version: '2021-06-30',
    xmlNamespace: 'http://scheduler.amazonaws.com/doc/2021-06-30/',
    protocols: ['rest-json'],
    validationErrorCode: 'ValidationException',
    exported: scheduler,
    constraints: schedulerConstraints,
    enumsOfTheService: [],
    doubles: [],
    longs: [],
  }),
  extractedServiceModel(
    {
      service: 'ec2',
      targetPrefix: 'AmazonEC2',
      version: '2016-11-15',
      xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
      protocols: ['ec2'],
      validationErrorCode: 'InvalidParameterValue',
    },
    ec2 as unknown as ExtractedModel,
    ec2Constraints,
  ),
  longshoreModel,
];

const isForm = ({ protocols }: ServiceModel) => protocols.includes('query') || protocols.includes('ec2');

/** Finds a service by each of the names that the wire protocols have for it. */
export class ServiceCatalog {
  private readonly byTargetPrefix: ReadonlyMap<string, ServiceModel>;
  private readonly byName: ReadonlyMap<string, ServiceModel>;
  private readonly byVersion: ReadonlyMap<string, ServiceModel>;

  constructor(readonly services: readonly ServiceModel[] = SERVICES) {
    this.byTargetPrefix = new Map(services.map((model) => [model.targetPrefix, model]));
    this.byName = new Map(services.map((model) => [model.service, model]));
    this.byVersion = new Map(services.filter(isForm).map((model) => [model.version, model]));
  }

  named(service: string): ServiceModel | undefined {
    return this.byName.get(service);
  }

  /** `AmazonEC2ContainerServiceV20141113.RunTask` */
  ofTarget(target: string): { model: ServiceModel; operation: string } | undefined {
    const dot = target.lastIndexOf('.');
    const model = this.byTargetPrefix.get(target.slice(0, dot));
    return model && { model, operation: target.slice(dot + 1) };
  }

  /** A Query request names an API version; where that is not ours, the signature's scope still says which service is meant. */
  ofQuery(version: string | undefined, scopedService: string | undefined): ServiceModel | undefined {
    const byVersion = version === undefined ? undefined : this.byVersion.get(version);
    if (byVersion) return byVersion;
    const scoped = scopedService === undefined ? undefined : this.byName.get(scopedService);
    const isOfAnother = version !== undefined && scoped?.versionsOfOthers?.includes(version);
    return scoped && isForm(scoped) && !isOfAnother ? scoped : undefined;
  }
}
