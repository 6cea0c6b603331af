resource "google_compute_network" "network" {
  name                    = "netra"
  auto_create_subnetworks = false
}

resource "google_vpc_access_connector" "connector" {
  name           = "netra-staging"
  region         = "us-central1"
  network        = google_compute_network.network.name
  ip_cidr_range  = "10.8.0.0/28"
  machine_type   = "e2-standard-8"
  min_instances  = 2
  max_instances  = 100
  min_throughput = 300
  max_throughput = 1000
}
