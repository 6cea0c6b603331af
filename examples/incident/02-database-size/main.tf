resource "google_compute_network" "network" {
  name                    = "netra"
  auto_create_subnetworks = false
}

resource "google_sql_database_instance" "database" {
  name                = "netra-postgres"
  region              = "us-central1"
  database_version    = "POSTGRES_17"
  deletion_protection = true

  settings {
    tier              = "db-g1-small"
    edition           = "ENTERPRISE"
    availability_type = "REGIONAL"

    database_flags {
      name  = "max_connections"
      value = "200"
    }

    database_flags {
      name  = "shared_buffers"
      value = "262144"
    }

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.network.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
    }
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

      env {
        name  = "DB_POOL_SIZE"
        value = "10"
      }

      env {
        name  = "DB_MAX_OVERFLOW"
        value = "0"
      }

      env {
        name  = "DB_POOL_RECYCLE_SECONDS"
        value = "-1"
      }
    }
  }
}
