resource "google_compute_network" "network" {
  name                    = "netra"
  auto_create_subnetworks = false
}

resource "google_vpc_access_connector" "connector" {
  name          = "netra-staging"
  region        = "us-central1"
  network       = google_compute_network.network.name
  ip_cidr_range = "10.8.0.0/28"
  machine_type  = "e2-standard-4"
  min_instances = 2
  max_instances = 10
}

resource "google_cloud_run_v2_service" "backend" {
  name     = "netra-backend-staging"
  location = "us-central1"
  ingress  = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"

  template {
    service_account = "netra-backend@netra-staging.iam.gserviceaccount.com"

    vpc_access {
      connector = google_vpc_access_connector.connector.id
      egress    = "ALL_TRAFFIC"
    }

    containers {
      image = "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:0000000000000000000000000000000000000000000000000000000000000000"

      ports {
        container_port = 8000
      }

      env {
        name  = "CLICKHOUSE_HOST"
        value = "clickhouse.netrasystems.ai"
      }
    }
  }
}
