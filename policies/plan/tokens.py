"""The type tokens of Google's resources that several modules ask for, as the engine spells them.

Owns the spelling only: a token that one module alone knows stays there.
"""

from __future__ import annotations

from typing import Final

SQL_INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
REDIS_INSTANCE: Final = "gcp:redis/instance:Instance"

NETWORK: Final = "gcp:compute/network:Network"
SUBNET: Final = "gcp:compute/subnetwork:Subnetwork"
CONNECTOR: Final = "gcp:vpcaccess/connector:Connector"
GLOBAL_ADDRESS: Final = "gcp:compute/globalAddress:GlobalAddress"

BACKEND_SERVICE: Final = "gcp:compute/backendService:BackendService"
REGION_BACKEND_SERVICE: Final = "gcp:compute/regionBackendService:RegionBackendService"
BACKEND_SERVICES: Final = (BACKEND_SERVICE, REGION_BACKEND_SERVICE)
ENDPOINT_GROUP: Final = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"

SECRET: Final = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
SERVICE_ACCOUNT: Final = "gcp:serviceaccount/account:Account"
ORGANIZATION_ROLE: Final = "gcp:organizations/iAMCustomRole:IAMCustomRole"
PROJECT_ROLE: Final = "gcp:projects/iAMCustomRole:IAMCustomRole"
