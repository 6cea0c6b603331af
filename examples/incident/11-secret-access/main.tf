resource "google_project_iam_member" "default_account_reads_secrets" {
  project = "netra-staging"
  role    = "roles/secretmanager.secretAccessor"
  member  = "serviceAccount:418722330501-compute@developer.gserviceaccount.com"
}

resource "google_cloud_run_v2_service" "backend" {
  name     = "netra-backend-staging"
  location = "us-central1"
  ingress  = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"

  template {
    containers {
      image = "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:0000000000000000000000000000000000000000000000000000000000000000"

      ports {
        container_port = 8000
      }

      env {
        name = "JWT_SECRET_KEY"

        value_source {
          secret_key_ref {
            secret  = "jwt-secret"
            version = "latest"
          }
        }
      }

      env {
        name = "JWT_SECRET_STAGING"

        value_source {
          secret_key_ref {
            secret  = "secret-key"
            version = "latest"
          }
        }
      }
    }
  }
}
