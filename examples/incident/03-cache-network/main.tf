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

resource "google_redis_instance" "cache" {
  name                    = "netra-redis"
  region                  = "us-central1"
  redis_version           = "REDIS_7_2"
  memory_size_gb          = 4
  reserved_ip_range       = "10.30.0.0/29"
  tier                    = "STANDARD_HA"
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"

  redis_configs = {
    maxmemory-policy = "noeviction"
  }
}

resource "google_cloud_run_v2_service" "backend" {
  name     = "netra-backend-staging"
  location = "us-central1"
  ingress  = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"

  template {
    service_account = "netra-backend@netra-staging.iam.gserviceaccount.com"

    vpc_access {
      connector = google_vpc_access_connector.connector.id
      egress    = "PRIVATE_RANGES_ONLY"
    }

    containers {
      image = "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:0000000000000000000000000000000000000000000000000000000000000000"

      ports {
        container_port = 8000
      }

      env {
        name  = "REDIS_HOST"
        value = google_redis_instance.cache.host
      }
    }
  }
}
