/** The messages between agents and the control plane are words of the domain; they are found here beside their subjects. */
export type {
  Assignment,
  AssignmentEntry,
  ContainerReport,
  Generation,
  Heartbeat,
  RegisterReply,
  RegisterRequest,
  ReportReply,
  ReportRequest,
  StraysReply,
  StraysRequest,
  TaskDefinitionPayload,
  TaskDefinitionRequest,
  TaskReport,
} from '#lib/ecs/model';
export { HEARTBEAT_INTERVAL_MS, MISSED_HEARTBEATS_UNTIL_DISCONNECTED } from '#lib/ecs/model';
