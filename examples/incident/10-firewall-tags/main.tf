resource "google_compute_network" "network" {
  name                    = "netra"
  auto_create_subnetworks = false
}

resource "google_compute_firewall" "database" {
  name               = "netra-backend-to-database"
  network            = google_compute_network.network.name
  direction          = "EGRESS"
  target_tags        = ["cloud-run-backend"]
  destination_ranges = ["10.20.0.0/16"]

  allow {
    protocol = "tcp"
    ports    = ["5432"]
  }
}

resource "google_compute_firewall" "cache" {
  name               = "netra-backend-to-cache"
  network            = google_compute_network.network.name
  direction          = "EGRESS"
  target_tags        = ["cloud-run-backend"]
  destination_ranges = ["10.30.0.0/29"]

  allow {
    protocol = "tcp"
    ports    = ["6378"]
  }
}

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
    }
  }
}
