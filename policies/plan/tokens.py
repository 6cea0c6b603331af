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

FORWARDING_RULE: Final = "gcp:compute/forwardingRule:ForwardingRule"

SECRET: Final = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
SERVICE_ACCOUNT: Final = "gcp:serviceaccount/account:Account"
ORGANIZATION_ROLE: Final = "gcp:organizations/iAMCustomRole:IAMCustomRole"
PROJECT_ROLE: Final = "gcp:projects/iAMCustomRole:IAMCustomRole"

# Grants, by what they are on.
SECRET_GRANTS: Final = (
    "gcp:secretmanager/secretIamMember:SecretIamMember",
    "gcp:secretmanager/secretIamBinding:SecretIamBinding",
    "gcp:secretmanager/secretIamPolicy:SecretIamPolicy",
)
PROJECT_GRANTS: Final = (
    "gcp:projects/iAMMember:IAMMember",
    "gcp:projects/iAMBinding:IAMBinding",
    "gcp:projects/iAMPolicy:IAMPolicy",
)
GRANTS_ABOVE_PROJECTS: Final = (
    "gcp:folder/iAMMember:IAMMember",
    "gcp:folder/iAMBinding:IAMBinding",
    "gcp:organizations/iAMMember:IAMMember",
    "gcp:organizations/iAMBinding:IAMBinding",
)
