# A service on hosts of an Auto Scaling group, as files for ECS on EC2 have it: the image of ECS's hosts from Parameter Store, a launch template with an
# instance profile, a group, its capacity provider, and a private network whose ways out are VPC endpoints. What an instance would be made of is kept and
# told; the hosts that the tasks need are started here as agents beside this one's (docs/how-to/capacity-providers.md).
#   eval "$(../../longshore env)" && terraform init && terraform apply
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
}
variable "image" { default = "longshore/hello" }
variable "instance_type" { default = "t3.large" }
data "aws_availability_zones" "available" {}
data "aws_ssm_parameter" "hosts" { name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended" }
data "aws_iam_policy" "hosts" { arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role" }
resource "aws_vpc" "main" {
  cidr_block           = "10.78.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_default_network_acl" "main" {
  default_network_acl_id = aws_vpc.main.default_network_acl_id
  dynamic "ingress" {
    for_each = { 100 = "10.78.0.0/16", 110 = "0.0.0.0/0" }
    content {
      rule_no    = ingress.key
      protocol   = "-1"
      action     = "allow"
      cidr_block = ingress.value
      from_port  = 0
      to_port    = 0
    }
  }
  egress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  lifecycle { ignore_changes = [subnet_ids] }
}
resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = data.aws_availability_zones.available.names[count.index]
}
resource "aws_route_table" "private" { vpc_id = aws_vpc.main.id }
resource "aws_security_group" "hosts" {
  name   = "hosts"
  vpc_id = aws_vpc.main.id
  ingress {
    protocol  = "-1"
    from_port = 0
    to_port   = 0
    self      = true
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_vpc_endpoint" "interface" {
  for_each            = toset(["ecr.api", "ecr.dkr", "logs"])
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.us-east-1.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.hosts.id]
  private_dns_enabled = true
}
resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.us-east-1.s3"
  route_table_ids = [aws_route_table.private.id]
}
resource "aws_iam_role" "hosts" {
  name               = "hosts"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy_attachment" "hosts" {
  role       = aws_iam_role.hosts.name
  policy_arn = data.aws_iam_policy.hosts.arn
}
resource "aws_iam_instance_profile" "hosts" {
  name = "hosts"
  role = aws_iam_role.hosts.name
}
resource "aws_launch_template" "hosts" {
  name_prefix            = "hosts-"
  image_id               = jsondecode(data.aws_ssm_parameter.hosts.value)["image_id"]
  instance_type          = var.instance_type
  user_data              = base64encode("#!/bin/bash\necho ECS_CLUSTER=${aws_ecs_cluster.main.name} >> /etc/ecs/ecs.config\n")
  vpc_security_group_ids = [aws_security_group.hosts.id]
  update_default_version = true
  iam_instance_profile { arn = aws_iam_instance_profile.hosts.arn }
}
resource "aws_autoscaling_group" "hosts" {
  name                  = "hosts"
  min_size              = 0
  max_size              = 4
  vpc_zone_identifier   = aws_subnet.private[*].id
  protect_from_scale_in = true
  launch_template {
    id      = aws_launch_template.hosts.id
    version = "$Latest"
  }
  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }
  lifecycle { ignore_changes = [desired_capacity] }
}
resource "aws_ecs_cluster" "main" { name = "hosts" }
resource "aws_ecs_capacity_provider" "hosts" {
  name = "hosts"
  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.hosts.arn
    managed_termination_protection = "ENABLED"
    managed_scaling {
      status          = "ENABLED"
      target_capacity = 90
    }
  }
}
resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = [aws_ecs_capacity_provider.hosts.name]
}
resource "aws_ecs_task_definition" "web" {
  family = "web-on-hosts"
  container_definitions = jsonencode([{
    name = "web", image = var.image, memory = 64, essential = true, portMappings = [{ containerPort = 80, hostPort = 0 }]
  }])
}
resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = 2
  capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.hosts.name
    weight            = 1
  }
  ordered_placement_strategy {
    type  = "binpack"
    field = "memory"
  }
  depends_on = [aws_ecs_cluster_capacity_providers.main]
}
