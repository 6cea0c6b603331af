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
        name  = "BYPASS_STARTUP_VALIDATION"
        value = "true"
      }

      env {
        name  = "SKIP_OAUTH_VALIDATION"
        value = "true"
      }
    }
  }
}
