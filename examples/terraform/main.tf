# A service on Longshore, by HashiCorp's AWS provider:
#   eval "$(../../longshore env)" && terraform init && terraform apply
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

# Endpoint, region and keys come from the environment. What only AWS has is not asked for.
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

resource "aws_ecs_task_definition" "hello" {
  family = "hello-terraform"
  container_definitions = jsonencode([{
    name         = "web"
    image        = "longshore/hello"
    memory       = 32
    portMappings = [{ containerPort = 80 }]
  }])
}

resource "aws_ecs_service" "hello" {
  name                  = "hello-terraform"
  task_definition       = aws_ecs_task_definition.hello.arn
  desired_count         = 2
  wait_for_steady_state = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
}
