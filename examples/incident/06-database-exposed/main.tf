resource "google_compute_network" "network" {
  name                    = "netra"
  auto_create_subnetworks = false
}

resource "google_sql_database_instance" "database" {
  name                = "netra-postgres"
  region              = "us-central1"
  database_version    = "POSTGRES_17"
  deletion_protection = false

  settings {
    tier              = "db-custom-4-16384"
    edition           = "ENTERPRISE"
    availability_type = "ZONAL"

    ip_configuration {
      ipv4_enabled    = true
      private_network = google_compute_network.network.id
      ssl_mode        = "ALLOW_UNENCRYPTED_AND_ENCRYPTED"

      authorized_networks {
        name  = "everybody"
        value = "0.0.0.0/0"
      }
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
    }
  }
}
