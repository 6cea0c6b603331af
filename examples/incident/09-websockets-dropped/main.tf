resource "google_cloud_run_v2_service" "backend" {
  name     = "netra-backend-staging"
  location = "us-central1"
  ingress  = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"

  template {
    service_account  = "netra-backend@netra-staging.iam.gserviceaccount.com"
    timeout          = "3600s"
    session_affinity = false

    containers {
      image = "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:0000000000000000000000000000000000000000000000000000000000000000"

      ports {
        container_port = 8000
      }
    }
  }
}

resource "google_compute_region_network_endpoint_group" "backend" {
  name                  = "netra-backend"
  region                = "us-central1"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = "netra-backend-staging"
  }
}

resource "google_compute_backend_service" "backend" {
  name                  = "netra-backend"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  timeout_sec           = 3600

  backend {
    group = google_compute_region_network_endpoint_group.backend.id
  }
}

resource "google_compute_region_network_endpoint_group" "frontend" {
  name                  = "netra-frontend"
  region                = "us-central1"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = "netra-frontend-staging"
  }
}

resource "google_compute_backend_service" "frontend" {
  name                  = "netra-frontend"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  timeout_sec           = 3600

  backend {
    group = google_compute_region_network_endpoint_group.frontend.id
  }
}

resource "google_compute_managed_ssl_certificate" "certificate" {
  name = "netra"

  managed {
    domains = ["app.staging.netrasystems.ai"]
  }
}

resource "google_compute_url_map" "urls" {
  name            = "netra"
  default_service = google_compute_backend_service.frontend.id

  host_rule {
    hosts        = ["app.staging.netrasystems.ai"]
    path_matcher = "app"
  }

  host_rule {
    hosts        = ["api.staging.netrasystems.ai"]
    path_matcher = "api"
  }

  path_matcher {
    name            = "app"
    default_service = google_compute_backend_service.frontend.id
  }

  path_matcher {
    name            = "api"
    default_service = google_compute_backend_service.backend.id
  }
}

resource "google_compute_target_https_proxy" "proxy" {
  name             = "netra"
  url_map          = google_compute_url_map.urls.id
  ssl_certificates = [google_compute_managed_ssl_certificate.certificate.id]
}
