resource "google_cloud_run_v2_service" "backend" {
  name     = "netra-backend-staging"
  location = "us-central1"
  ingress  = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"

  template {
    service_account = "netra-backend@netra-staging.iam.gserviceaccount.com"

    vpc_access {
      connector = "projects/netra-staging/locations/us-central1/connectors/netra-staging"
      egress    = "PRIVATE_RANGES_ONLY"
    }

    containers {
      image = "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:0000000000000000000000000000000000000000000000000000000000000000"

      ports {
        container_port = 8000
      }

      env {
        name  = "ENVIRONMENT"
        value = "staging"
      }

      env {
        name  = "SERVICE_ID"
        value = "netra-backend"
      }

      env {
        name  = "POSTGRES_DB"
        value = "netra"
      }

      env {
        name  = "POSTGRES_USER"
        value = "netra"
      }

      env {
        name  = "POSTGRES_SSLMODE"
        value = "require"
      }

      env {
        name  = "REDIS_HOST"
        value = "10.30.0.4"
      }

      env {
        name  = "REDIS_PORT"
        value = "6378"
      }

      env {
        name  = "CLICKHOUSE_HOST"
        value = "clickhouse.netrasystems.ai"
      }

      env {
        name = "POSTGRES_PASSWORD"

        value_source {
          secret_key_ref {
            secret  = "chat-postgres-password"
            version = "1"
          }
        }
      }

      env {
        name = "JWT_SECRET_KEY"

        value_source {
          secret_key_ref {
            secret  = "jwt-secret"
            version = "3"
          }
        }
      }

      env {
        name = "SECRET_KEY"

        value_source {
          secret_key_ref {
            secret  = "secret-key"
            version = "1"
          }
        }
      }

      env {
        name = "SESSION_SECRET_KEY"

        value_source {
          secret_key_ref {
            secret  = "session-secret-key"
            version = "1"
          }
        }
      }

      env {
        name = "SERVICE_SECRET"

        value_source {
          secret_key_ref {
            secret  = "service-secret"
            version = "2"
          }
        }
      }

      env {
        name = "FERNET_KEY"

        value_source {
          secret_key_ref {
            secret  = "fernet-key"
            version = "1"
          }
        }
      }

      env {
        name = "REDIS_PASSWORD"

        value_source {
          secret_key_ref {
            secret  = "redis-password"
            version = "1"
          }
        }
      }

      env {
        name = "OPENAI_API_KEY"

        value_source {
          secret_key_ref {
            secret  = "openai-api-key"
            version = "4"
          }
        }
      }

      env {
        name = "ANTHROPIC_API_KEY"

        value_source {
          secret_key_ref {
            secret  = "anthropic-api-key"
            version = "2"
          }
        }
      }

      env {
        name = "GEMINI_API_KEY"

        value_source {
          secret_key_ref {
            secret  = "gemini-api-key"
            version = "1"
          }
        }
      }

      env {
        name = "CLICKHOUSE_PASSWORD"

        value_source {
          secret_key_ref {
            secret  = "clickhouse-password"
            version = "1"
          }
        }
      }
    }
  }
}
