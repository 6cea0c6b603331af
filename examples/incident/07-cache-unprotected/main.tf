resource "google_compute_network" "network" {
  name                    = "netra"
  auto_create_subnetworks = false
}

resource "google_redis_instance" "cache" {
  name               = "netra-redis"
  region             = "us-central1"
  redis_version      = "REDIS_7_2"
  memory_size_gb     = 4
  reserved_ip_range  = "10.30.0.0/29"
  tier               = "BASIC"
  authorized_network = google_compute_network.network.id

  redis_configs = {
    maxmemory-policy = "allkeys-lru"
  }
}
